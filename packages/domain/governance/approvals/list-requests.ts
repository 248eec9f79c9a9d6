import { type Caller, invalid, must, type Readable, SOMEWHERE } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { type Expression, type SqlBool, sql } from 'kysely'
import type { Approvals } from '../approvals.ts'
import type { GovernanceTables } from '../governance-tables.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { policiesOf } from './policy-rows.ts'
import { findRequest, selectRequests, shown } from './request-rows.ts'

const MOST = 1_000

/** The verbs that show requests. */
export function makeShowRequests(deps: ApprovalDeps): Pick<Approvals, 'get' | 'list'> {
  const { db, clock } = deps
  return {
    async get(caller, { id }) {
      must(caller, 'model.read', SOMEWHERE)
      return shown(await findRequest(db.read, caller, id), clock())
    },

    async list(caller, { state, name, mine = false, limit, pageToken }) {
      must(caller, 'model.read', SOMEWHERE)
      checkLimit(limit)
      const before = readToken(pageToken)
      const now = clock()
      return db.scan(async (reads) => {
        const conditions = [
          readableAmong(reads, caller.readable('model')),
          mine ? await decidableBy(deps, reads, caller, now) : undefined,
          stateCondition(state, now),
        ].filter((condition) => condition !== undefined)
        let query = selectRequests(reads.tables<GovernanceTables>())
          .where('r.workspace_key', '=', caller.workspace.key)
          .orderBy('r.request_key', 'desc')
          .limit(limit + 1)
        if (name !== undefined) query = query.where('r.model_name', '=', name)
        if (before !== undefined) query = query.where('r.request_key', '<', before)
        for (const condition of conditions) query = query.where(condition)
        const rows = await query.execute()
        const page = rows.slice(0, limit)
        const last = page.at(-1)
        return {
          requests: page.map((row) => shown(row, now)),
          ...(rows.length > limit && last !== undefined ? { nextPageToken: `${last.key}` } : {}),
        }
      })
    },
  }
}

function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST) return
  throw invalid(`Invalid value ${limit} for parameter 'limit'. It must be between 1 and ${MOST}.`)
}

/** A page begins below the key of the last row of the page before. */
function readToken(token: string | undefined): number | undefined {
  if (token === undefined || token === '') return undefined
  const key = /^[1-9]\d{0,15}$/.test(token) ? Number(token) : Number.NaN
  if (Number.isSafeInteger(key)) return key
  throw invalid(
    `Invalid value ${JSON.stringify(token.slice(0, 100))} for parameter 'page_token'.`,
    'Give the next_page_token of the page before.',
  )
}

type Condition = Expression<SqlBool>

function readableAmong(reads: Reads, readable: Readable): Condition | undefined {
  if (readable.kind === 'all') return undefined
  const among = reads.words.among(sql.ref('r.model_key'), readable.keys)
  if (readable.kind === 'only') return among
  return readable.keys.length === 0 ? undefined : sql<SqlBool>`not (${among})`
}

/** One whose time is over has expired, whether or not that was written down yet. */
function stateCondition(state: string | undefined, now: number): Condition | undefined {
  switch (state) {
    case undefined:
      return undefined
    case 'open':
      return sql<SqlBool>`r.state = 'open' and r.expires_at > ${now}`
    case 'expired':
      return sql<SqlBool>`(r.state = 'expired' or (r.state = 'open' and r.expires_at <= ${now}))`
    default:
      return sql<SqlBool>`r.state = ${state}`
  }
}

/**
 * Open requests that the caller may decide: of another person, under policies that name the caller or nobody, on models
 * that the caller may write. `approve` looks again, and at every policy that binds the change by then.
 */
async function decidableBy(
  { isAmong, personsBehind }: ApprovalDeps,
  reads: Reads,
  caller: Caller,
  now: number,
): Promise<Condition> {
  const { key } = caller.principal
  if (key === undefined || !caller.may('approval.decide')) return sql<SqlBool>`1 = 0`
  const policies: number[] = []
  for (const { key: policy, named } of await policiesOf(reads, caller.workspace.key)) {
    const isNamed = named.length === 0 || (await isAmong(reads, caller.workspace.key, key, named))
    if (isNamed) policies.push(policy)
  }
  const writable = (await modelsWithOpen(reads, caller)).filter((model) => caller.may('model.write', model))
  const { among } = reads.words
  const persons = among(sql.ref('q.person_key'), [...(await personsBehind(reads, key))])
  return sql<SqlBool>`r.state = 'open' and r.expires_at > ${now}
    and ${among(sql.ref('r.policy_key'), policies)}
    and ${among(sql.ref('r.model_key'), writable)}
    and not exists (select 1 from approval_request_persons q where q.request_key = r.request_key and ${persons})`
}

async function modelsWithOpen(reads: Reads, { workspace }: Caller): Promise<number[]> {
  const rows = await reads
    .tables<GovernanceTables>()
    .selectFrom('approval_requests')
    .select('model_key as model')
    .distinct()
    .where('workspace_key', '=', workspace.key)
    .where('state', '=', 'open')
    .execute()
  return rows.map(({ model }) => model)
}
