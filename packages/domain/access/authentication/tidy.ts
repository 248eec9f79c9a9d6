import type { Clock } from '@orrery/base/kernel'
import { type Database, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Authentication } from '../credentials.ts'
import { LIMITS } from '../limits.ts'
import type { Meter, Things } from '../seams.ts'
import { dropTokens } from '../tokens/drop-tokens.ts'
import { makeDropSpentTracking } from './drop-spent-tracking.ts'
import type { LastUses } from './last-uses.ts'

/** So many rows in a transaction: about a millisecond on SQLite. */
const SLICE = 100
const SPENT_EVERY_MS = 3_600_000

const endedTokens = statement('access.ended-tokens', (k: Kysely<AccessTables>, p: { now: number }) =>
  k
    .selectFrom('tokens')
    .select(['token_key as key', 'kind', 'workspace_key as workspaceKey'])
    .where('ends_at', '<=', p.now)
    .orderBy('ends_at')
    .orderBy('token_key')
    .limit(SLICE),
)

/** Those that nobody has used for too long end by that, and go when their time is over. */
const dropEndedSessions = statement(
  'access.drop-ended-sessions',
  (k: Kysely<AccessTables>, p: { now: number }) =>
    k
      .deleteFrom('sessions')
      .where('session_key', 'in', (e) =>
        e.selectFrom('sessions').select('session_key').where('ends_at', '<=', p.now).limit(SLICE),
      ),
)

/** Whether there is something to drop: a server at rest writes nothing. */
const somethingEnded = statement(
  'access.something-ended',
  (k: Kysely<AccessTables>, p: { now: number; before: number }) =>
    k
      .selectFrom('access_version')
      .select('version')
      .where((e) =>
        e.or([
          e.exists(e.selectFrom('tokens').select('token_key').where('ends_at', '<=', p.now)),
          e.exists(e.selectFrom('sessions').select('session_key').where('ends_at', '<=', p.now)),
          e.exists(e.selectFrom('sign_ons').select('state_hash').where('ends_at', '<=', p.now)),
          e.exists(e.selectFrom('setup_links').select('hash').where('ends_at', '<=', p.now)),
          e.exists(
            e
              .selectFrom('access_changes as oldest')
              .select('oldest.version')
              .where('oldest.at', '<', p.before)
              .where('oldest.version', '=', (min) =>
                min.selectFrom('access_changes').select((m) => m.fn.min('version').as('version')),
              ),
          ),
        ]),
      ),
)

const dropEndedLinks = statement('access.drop-ended-links', (k: Kysely<AccessTables>, p: { now: number }) =>
  k.deleteFrom('setup_links').where('ends_at', '<=', p.now),
)

const dropEndedSignOns = statement(
  'access.drop-ended-sign-ons',
  (k: Kysely<AccessTables>, p: { now: number }) =>
    k
      .deleteFrom('sign_ons')
      .where('state_hash', 'in', (e) =>
        e.selectFrom('sign_ons').select('state_hash').where('ends_at', '<=', p.now).limit(SLICE),
      ),
)

const oldestChanges = statement(
  'access.oldest-changes',
  (k: Kysely<AccessTables>, _: Record<string, never>) =>
    k.selectFrom('access_changes').select(['version', 'at']).orderBy('version').limit(SLICE),
)

const dropChanges = statement('access.drop-changes', (k: Kysely<AccessTables>, p: { upTo: number }) =>
  k.deleteFrom('access_changes').where('version', '<=', p.upTo),
)

/** A server that has not read them for so long forgets everything. */
async function dropOldChanges(tx: Tx, before: number): Promise<number> {
  const old = (await tx.all(oldestChanges, {})).filter(({ at }) => at < before)
  const newest = old.at(-1)
  return newest === undefined ? 0 : tx.run(dropChanges, { upTo: newest.version })
}

/** Writes last uses and drops what has ended; see `Authentication.tidy`. */
export function makeTidy(deps: {
  db: Database
  clock: Clock
  uses: LastUses
  meter: Pick<Meter, 'adjust'>
  running: Things['running']
}): Authentication['tidy'] {
  const { db, clock, uses, meter } = deps
  const dropSpentTracking = makeDropSpentTracking(deps)
  let spentDroppedAt = Number.NEGATIVE_INFINITY

  /** @returns whether there may be more */
  function dropSlice(): Promise<boolean> {
    const now = clock()
    return db.inTx(async (tx) => {
      const ended = await tx.all(endedTokens, { now })
      await dropTokens(tx, meter, ended)
      const dropped = [
        ended.length,
        await tx.run(dropEndedSessions, { now }),
        await tx.run(dropEndedSignOns, { now }),
        await dropOldChanges(tx, now - LIMITS.changesKeptMs),
      ]
      await tx.run(dropEndedLinks, { now })
      return dropped.some((count) => count >= SLICE)
    })
  }

  return async function tidy() {
    await uses.write((verb) => db.inTx(verb))
    const now = clock()
    if (now - spentDroppedAt >= SPENT_EVERY_MS) {
      spentDroppedAt = now
      await dropSpentTracking()
    }
    const due = await db.read.first(somethingEnded, { now, before: now - LIMITS.changesKeptMs })
    if (due === undefined) return
    while (await dropSlice());
  }
}
