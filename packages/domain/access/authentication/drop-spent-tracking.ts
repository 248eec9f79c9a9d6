import type { Clock } from '@orrery/base/kernel'
import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { LIMITS } from '../limits.ts'
import type { Meter, Things } from '../seams.ts'
import { dropTokens } from '../tokens/drop-tokens.ts'

const SLICE = 100

const expiredTracking = statement(
  'access.expired-tracking-tokens',
  (k: Kysely<AccessTables>, p: { after: number; before: number }) =>
    k
      .selectFrom('tokens')
      .select(['token_key as key', 'kind', 'workspace_key as workspaceKey'])
      .where('kind', '=', 'tracking')
      .where('expires_at', '<=', p.before)
      .where('token_key', '>', p.after)
      .orderBy('token_key')
      .limit(SLICE),
)

const runsOfTokens = statement(
  'access.runs-of-tokens',
  (k: Kysely<AccessTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('token_runs')
      .select(['token_key as token', 'run_key as run'])
      .where((e) => words.among(e.ref('token_key'), p.keys)),
)

/**
 * Drops tracking credentials that can do nothing more: their hour has been over for a day, and of the runs that they
 * created none is running. Until then whoever uses one is told that it has expired.
 */
export function makeDropSpentTracking({
  db,
  clock,
  meter,
  running,
}: {
  db: Database
  clock: Clock
  meter: Pick<Meter, 'adjust'>
  running: Things['running']
}): () => Promise<void> {
  return async function dropSpentTracking() {
    const before = clock() - LIMITS.expiredToldMs
    for (let after = 0; ; ) {
      const from = after
      const { tokens, spent } = await db.scan(async (reads) => {
        const tokens = await reads.all(expiredTracking, { after: from, before })
        const runs = await reads.all(runsOfTokens, { keys: tokens.map(({ key }) => key) })
        const alive = new Set(await running(reads, [...new Set(runs.map(({ run }) => run))]))
        const busy = new Set(runs.filter(({ run }) => alive.has(run)).map(({ token }) => token))
        return { tokens, spent: tokens.filter(({ key }) => !busy.has(key)) }
      })
      if (spent.length > 0) await db.inTx((tx) => dropTokens(tx, meter, spent))
      if (tokens.length < SLICE) return
      after = tokens.at(-1)!.key
    }
  }
}
