import { invalid, must } from '@orrery/base/kernel'
import { AUDIT_LIMITS, type Audit } from '../audit.ts'
import type { GovernanceDeps } from '../seams.ts'
import { checkLimit, checkQuery, madeUp, questionName, readPlace, writePlace } from './check-query.ts'

type Deps = Pick<GovernanceDeps, 'db' | 'log' | 'queries' | 'settle' | 'sentenceOf'>

export function makeTellStory({ db, log, queries, settle, sentenceOf }: Deps): Audit['story'] {
  return async function tellStory(caller, { subject: given, limit, pageToken }) {
    must(caller, 'workspace.read')
    const { subject } = checkQuery({ subject: given.replace(/\/+$/, '') })
    if (subject === undefined) {
      throw invalid("'subject' is empty: name a thing, e.g. 'models/fraud/versions/3' or 'runs/<id>'.")
    }
    const most = checkLimit(limit, AUDIT_LIMITS.page, AUDIT_LIMITS.page)
    const workspaceKey = caller.workspace.key
    const question = questionName('story', workspaceKey, subject)
    const after = readAfter(pageToken, question)
    // As in a search: whoever has just changed something finds it.
    if (after === undefined) await settle().catch(() => {})
    const { durable } = log
    const { events, next } = await db.scan((reads) =>
      queries.story(reads, { workspaceKey, durable, subject, limit: most, after, readableTo: caller }),
    )
    const lines = events.map(({ event, life }) => ({ event, life, sentence: sentenceOf(event) }))
    return next === undefined ? { lines } : { lines, nextPageToken: writePlace(question, [next]) }
  }
}

function readAfter(token: string | undefined, question: string): number | undefined {
  const place = readPlace(token, question)
  if (place === undefined) return undefined
  if (!Number.isSafeInteger(place[0])) throw madeUp()
  return place[0] as number
}
