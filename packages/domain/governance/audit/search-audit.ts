import { must } from '@orrery/base/kernel'
import type { LoggedEvent, LogPlace } from '../../events/index.ts'
import { AUDIT_LIMITS, type Audit } from '../audit.ts'
import type { GovernanceDeps } from '../seams.ts'
import { checkLimit, checkQuery, madeUp, questionName, readPlace, writePlace } from './check-query.ts'

/** A page looks at so many times 10,000 events before it gives what it has, with the place to go on. */
const ROUNDS = 3

type Deps = Pick<GovernanceDeps, 'db' | 'log' | 'queries' | 'settle'>

export function makeSearchAudit({ db, log, queries, settle }: Deps): Audit['search'] {
  return async function searchAudit(caller, { limit, pageToken, ...input }) {
    must(caller, 'audit.read')
    const asked = checkQuery(input)
    const most = checkLimit(limit, AUDIT_LIMITS.pageByDefault, AUDIT_LIMITS.page)
    const workspaceKey = caller.workspace.key
    const question = questionName(workspaceKey, asked)
    let before = readLogPlace(pageToken, question)
    // So that whoever has just changed something finds it. What does not settle is no reason to show nothing.
    if (before === undefined) await settle().catch(() => {})
    const events: LoggedEvent[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const query = { ...asked, workspaceKey, durable: log.durable, before, limit: most - events.length }
      const page = await db.scan((reads) => queries.search(reads, query))
      events.push(...page.events)
      before = page.next
      if (before === undefined || events.length === most) break
    }
    if (before === undefined) return { events }
    return { events, nextPageToken: writePlace(question, [before.plan, before.at, before.position]) }
  }
}

function readLogPlace(token: string | undefined, question: string): LogPlace | undefined {
  const place = readPlace(token, question)
  if (place === undefined) return undefined
  const [plan, at, position] = place
  const isPlace =
    (plan === 'index' || plan === 'time') && Number.isSafeInteger(at) && Number.isSafeInteger(position)
  if (!isPlace) throw madeUp()
  return { plan, at: at as number, position: position as number }
}
