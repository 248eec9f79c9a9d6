import type { Clock } from '@orrery/base/kernel'
import { type Database, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Residents } from '../seams.ts'

/**
 * So long after its end a workspace is left as it is: another server may still believe in it for a second, and requests
 * that were under way may still write to it.
 */
export const SETTLES_MS = 10_000

/** Grants that one transaction deletes: about 2 µs each on SQLite. */
const SLICE_ROWS = 1000

const next = statement('access.next-deleted-workspace', (k: Kysely<AccessTables>, p: { before: number }) =>
  k
    .selectFrom('workspaces')
    .select('workspace_key as key')
    .where('deleted_at', 'is not', null)
    .where('deleted_at', '<=', p.before)
    .orderBy('workspace_key')
    .limit(1),
)

const dropGrants = statement(
  'access.drop-grants-of-workspace',
  (k: Kysely<AccessTables>, p: { workspace: number }) => {
    const some = sql`select grant_key from grants where workspace_key = ${p.workspace} limit ${sql.lit(SLICE_ROWS)}`
    return k.deleteFrom('grants').where(sql<SqlBool>`grant_key in (${some})`)
  },
)

const rest = (['workspace_tags', 'workspace_quotas', 'workspace_usage', 'workspaces'] as const).map((table) =>
  statement(`access.drop-rest-of-${table}`, (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k.deleteFrom(table).where('workspace_key', '=', p.workspace),
  ),
)

/**
 * Works off deleted workspaces: what the modules have in them, in slices, then their grants, and the row itself at last.
 * May be broken off anywhere and called again, also by two servers at once: every step can be repeated.
 */
export function makeWorkOffWorkspaces(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly residents: readonly Residents[]
}) {
  const { db, clock, residents } = deps
  return async function workOffWorkspaces(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const found = await db.read.first(next, { before: clock() - SETTLES_MS })
      if (found === undefined || signal?.aborted) return
      const workspace = found.key
      for (const each of residents) {
        while (!(await each.removeSlice(workspace))) if (signal?.aborted) return
      }
      while ((await db.inTx((tx) => tx.run(dropGrants, { workspace }))) > 0) if (signal?.aborted) return
      await db.inTx((tx) => dropRest(tx, workspace))
    }
  }
}

async function dropRest(tx: Tx, workspace: number): Promise<void> {
  for (const drop of rest) await tx.run(drop, { workspace })
}
