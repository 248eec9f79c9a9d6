import type { Clock } from '@orrery/base/kernel'
import { type Database, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from './access-tables.ts'
import { LIMITS } from './limits.ts'

/** Whom a change concerns. Both: what the principal may do in that workspace. None: everybody, everywhere. */
export interface Concerned {
  readonly principal?: number
  readonly workspace?: number
}

/**
 * Tells everything that this server remembers of accounts, rights and workspaces when to forget it. One object for all
 * verbs of this module on one database.
 */
export interface Changes {
  /**
   * Waits until no other transaction changes anything of this module, and then lasts to the end of this one: what is
   * read after it stays true (the last administrator, a free name). The first thing that a changing transaction does.
   */
  turn(tx: Tx): Promise<void>

  /**
   * Writes down whom a change concerns, so that other servers forget it, and forgets it here after the commit. Takes the
   * turn by itself; a transaction that reads before it calls `turn` first.
   */
  change(tx: Tx, ...concerned: readonly Concerned[]): Promise<void>

  /** Whoever remembers something says here how to forget it. Called with each change, here or elsewhere. */
  onForget(forget: (concerned: Concerned) => void): void

  /**
   * Counts what has been forgotten. Whoever reads something in order to remember it takes this number before, and keeps
   * what was read only if the number is still the same after.
   */
  moment(): number

  /** Whether what is remembered may be used: always where nobody else writes, else for a second after `follow`. */
  believes(): boolean

  /** Asks what other servers have changed, and forgets it here. Every `LIMITS.followEveryMs` where others may write. */
  follow(): Promise<void>
}

/** An UPDATE of what is there, and not a lock on it: in a database whose tables were emptied the row is made again. */
const takeTurn = statement('access.take-turn', (k: Kysely<AccessTables>, _: Record<string, never>) =>
  k
    .insertInto('access_version')
    .values({ one: 1, version: 0 })
    .onConflict((clash) =>
      clash.column('one').doUpdateSet((e) => ({ version: e.ref('access_version.version') })),
    ),
)

const nextVersion = statement('access.next-version', (k: Kysely<AccessTables>, _: Record<string, never>) =>
  k
    .insertInto('access_version')
    .values({ one: 1, version: 1 })
    .onConflict((clash) =>
      clash.column('one').doUpdateSet((e) => ({ version: e('access_version.version', '+', 1) })),
    )
    .returning('version'),
)

const insertChange = statement(
  'access.insert-change',
  (
    k: Kysely<AccessTables>,
    p: { version: number; principal: number | null; workspace: number | null; now: number },
  ) =>
    k
      .insertInto('access_changes')
      .values({ version: p.version, principal_key: p.principal, workspace_key: p.workspace, at: p.now }),
)

/** One row more than nothing, always: where no change is newer there is the version with nulls. */
const changesAfter = statement(
  'access.changes-after',
  (k: Kysely<AccessTables>, p: { seen: number; atMost: number }) =>
    k
      .selectFrom('access_version')
      .leftJoin('access_changes as change', (on) => on.on('change.version', '>', p.seen))
      .select([
        'access_version.version as newest',
        'change.version as version',
        'change.principal_key as principal',
        'change.workspace_key as workspace',
      ])
      .where('access_version.one', '=', 1)
      .orderBy('change.version')
      .limit(p.atMost),
)

const SLICE = 1000

export function makeChanges({ db, clock }: { db: Database; clock: Clock }): Changes {
  const forgetters: ((concerned: Concerned) => void)[] = []
  let forgotten = 0
  let seen: number | undefined
  let heardAt = Number.NEGATIVE_INFINITY

  function forget(concerned: Concerned): void {
    forgotten += 1
    for (const each of forgetters) each(concerned)
  }

  return {
    async turn(tx) {
      if (!db.can.soleWriter) await tx.run(takeTurn, {})
    },

    async change(tx, ...concerned) {
      for (const each of concerned) {
        const row = await tx.first(nextVersion, {})
        await tx.run(insertChange, {
          version: row!.version,
          principal: each.principal ?? null,
          workspace: each.workspace ?? null,
          now: clock(),
        })
        tx.afterCommit(() => forget(each))
      }
    },

    onForget(forget) {
      forgetters.push(forget)
    },

    moment: () => forgotten,

    believes: () => db.can.soleWriter || clock() - heardAt <= LIMITS.believedMs,

    async follow() {
      const asked = clock()
      for (;;) {
        const rows = await db.read.all(changesAfter, { seen: seen ?? Number.MAX_SAFE_INTEGER, atMost: SLICE })
        const newest = rows[0]?.newest ?? 0
        const told = rows.filter((row) => row.version !== null)
        // Rows that were dropped before this server had read them, or a database that was put back to an older state.
        const gap = seen === undefined || newest < seen || (newest > seen && told[0]?.version !== seen + 1)
        if (gap) {
          forget({})
          seen = newest
          break
        }
        for (const { version, principal, workspace } of told) {
          forget({
            ...(principal === null ? {} : { principal }),
            ...(workspace === null ? {} : { workspace }),
          })
          seen = version!
        }
        if (told.length < SLICE) break
      }
      heardAt = asked
    },
  }
}
