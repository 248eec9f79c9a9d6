import { type Clock, type Confinement, Problem } from '@orrery/base/kernel'
import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { LIMITS } from '../limits.ts'
import type { Things } from '../seams.ts'
import type { TokenFacts } from './recognised.ts'

const runsOfToken = statement('access.runs-of-token', (k: Kysely<AccessTables>, p: { key: number }) =>
  k
    .selectFrom('token_runs')
    .select('run_key as key')
    .where('token_key', '=', p.key)
    .orderBy('run_key', 'desc')
    .limit(LIMITS.runsOfACredential),
)

/** Whether a token reaches some runs only, now. */
export const isConfined = ({ kind, expiresAt }: TokenFacts, now: number) =>
  kind === 'run' || (kind === 'tracking' && now >= expiresAt)

/**
 * The runs that a confined token still reaches: those that it created and its own, while they are running.
 *
 * @throws UNAUTHENTICATED where there are none, with the sentence that says what to do
 */
export type Confine = (token: TokenFacts) => Promise<Confinement>

/**
 * What has expired creates no more runs, so what it reaches only shrinks: that may be remembered for a moment, once the
 * calls that began before have ended.
 */
const REMEMBERED = 1000
const CALLS_END_MS = 60_000

export function makeConfine({
  db,
  clock,
  running,
}: {
  db: Database
  clock: Clock
  running: Things['running']
}): Confine {
  const known = new Map<number, { readonly confinement: Confinement; readonly until: number }>()

  async function look(token: TokenFacts): Promise<Confinement> {
    const reached = await db.scan(async (reads) => {
      const runs = (await reads.all(runsOfToken, { key: token.key })).map(({ key }) => key)
      if (token.runKey !== null) runs.push(token.runKey)
      return runs.length === 0 ? [] : running(reads, runs)
    })
    const refusal = token.kind === 'run' ? ofRun(token) : ofHour(token)
    if (reached.length === 0) throw new Problem('UNAUTHENTICATED', refusal)
    return { runs: new Set(reached), refusal }
  }

  return async function confine(token) {
    if (token.kind === 'run') return look(token)
    const now = clock()
    const remembered = known.get(token.key)
    if (remembered !== undefined && now < remembered.until) return remembered.confinement
    known.delete(token.key)
    const confinement = await look(token)
    if (now < token.expiresAt + CALLS_END_MS) return confinement
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value!)
    known.set(token.key, { confinement, until: now + LIMITS.believedMs })
    return confinement
  }
}

function ofHour({ expiresAt }: TokenFacts): string {
  const at = new Date(expiresAt).toISOString()
  return `The tracking credential expired at ${at}. Get a new one: POST /api/orrery/v1/tracking-credentials, which get_mlflow_tracking_uri() does.`
}

function ofRun({ runId }: TokenFacts): string {
  return `The credential of run ${runId} reaches that run and the runs that it created, while they are running.`
}
