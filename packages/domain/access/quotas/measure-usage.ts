import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Residents } from '../seams.ts'
import type { Metered } from '../workspace.ts'
import { beginUsage, countedOf, METERED } from './usage-rows.ts'

const living = statement('access.living-workspaces', (k: Kysely<AccessTables>, _: Record<string, never>) =>
  k
    .selectFrom('workspaces')
    .select('workspace_key as key')
    .where('deleted_at', 'is', null)
    .orderBy('workspace_key'),
)

const tokensOf = statement(
  'access.count-lasting-tokens',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k
      .selectFrom('tokens')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('workspace_key', '=', p.workspace)
      .where('kind', 'in', ['personal', 'service']),
)

/**
 * Counts once, from the rows, what workspaces use that an earlier version has made: to be awaited at each start before
 * the first request, for what is counted as it goes begins where this ends. What has a count is left alone.
 */
export function makeMeasureUsage({
  db,
  residents,
}: {
  db: Database
  residents: readonly Pick<Residents, 'measure'>[]
}) {
  return async function measureUsage(): Promise<void> {
    for (const { key: workspace } of await db.read.all(living, {})) {
      const known = await countedOf(db.read, workspace)
      if (METERED.every((what) => known.has(what))) continue
      const amounts = await measure(workspace)
      await db.inTx(async (tx) => {
        // Another server may have been at it meanwhile, and may be counting already.
        const begun = await countedOf(tx, workspace)
        for (const what of METERED) {
          if (!begun.has(what)) await beginUsage(tx, { workspace, what }, amounts[what] ?? 0)
        }
      })
    }
  }

  function measure(workspace: number): Promise<Partial<Record<Metered, number>>> {
    return db.scan(async (reads) => {
      const tokens = await reads.first(tokensOf, { workspace })
      const amounts: Partial<Record<Metered, number>> = { tokens: Number(tokens?.count ?? 0) }
      for (const each of residents) Object.assign(amounts, await each.measure(reads, workspace))
      return amounts
    })
  }
}
