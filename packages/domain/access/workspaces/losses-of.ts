import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Residents } from '../seams.ts'
import type { Loss } from '../workspace.ts'

type Where = { workspace: number }

const members = statement('access.count-members', (k: Kysely<AccessTables>, p: Where) =>
  k
    .selectFrom('role_assignments')
    .select(sql<number>`count(distinct principal_key)`.as('count'))
    .where('workspace_key', '=', p.workspace),
)

const serviceAccounts = statement('access.count-service-accounts', (k: Kysely<AccessTables>, p: Where) =>
  k
    .selectFrom('principals')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('home_workspace_key', '=', p.workspace),
)

const tokens = statement('access.count-tokens-of-workspace', (k: Kysely<AccessTables>, p: Where) =>
  k
    .selectFrom('tokens')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workspace_key', '=', p.workspace)
    .where('kind', 'in', ['personal', 'service']),
)

const customRoles = statement('access.count-custom-roles', (k: Kysely<AccessTables>, p: Where) =>
  k
    .selectFrom('roles')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workspace_key', '=', p.workspace)
    .where('built_in', '=', 0),
)

const OWN = { members, 'service accounts': serviceAccounts, tokens, 'custom roles': customRoles }

/** What would go with a workspace; nouns of which there are none are left out. Scans. */
export async function lossesOf(
  reads: Reads,
  residents: readonly Residents[],
  workspace: number,
): Promise<Loss[]> {
  const losses: Loss[] = []
  for (const each of residents) losses.push(...(await each.losses(reads, workspace)))
  for (const [what, count] of Object.entries(OWN)) {
    const row = await reads.first(count, { workspace })
    losses.push({ what, count: Number(row!.count) })
  }
  return losses.filter(({ count }) => count > 0)
}

/** `2 experiments, 3 files (1,024 bytes)`. */
export function lossesInWords(losses: readonly Loss[]): string {
  const number = (count: number) => count.toLocaleString('en')
  return losses
    .map(({ what, count, bytes }) => {
      const size = bytes === undefined ? '' : ` (${number(bytes)} bytes)`
      return `${number(count)} ${count === 1 ? what.replace(/s$/, '') : what}${size}`
    })
    .join(', ')
}
