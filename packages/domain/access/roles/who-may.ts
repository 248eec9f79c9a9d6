import type { Permission, SOMEWHERE } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { buildProfile } from '../decisions/build-profile.ts'
import { decide } from '../decisions/decide.ts'
import { loadRights } from '../decisions/load-rights.ts'
import { keysIn } from '../principals/principal-rows.ts'

const accountsAmong = statement(
  'access.accounts-that-may',
  (k: Kysely<AccessTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('principals')
      .select(['principal_key as key', 'kind', 'name'])
      .where('kind', '<>', sql.lit('group'))
      .where('disabled_at', 'is', null)
      .where((e) => e.or([words.among(sql.ref('principal_key'), p.keys), e('is_admin', '=', 1)]))
      .orderBy('name'),
)

/** So many accounts are asked about at once, not more: each is five questions. */
const AT_ONCE = 50

/** An account that may do something. */
export interface Able {
  readonly key: number
  readonly kind: 'user' | 'service'
  readonly name: string
  /** Has something in the workspace; others are administrators, whom its members are not told of. */
  readonly isMember: boolean
}

export interface Wanted {
  readonly permission: Permission
  /** A thing's key; left out: the workspace. */
  readonly on?: number | typeof SOMEWHERE
}

/**
 * The accounts that may do all of something in a workspace by what they hold, by name. Their credentials may leave them less.
 * Runs in a scan: a workspace of 1,000 members takes a second.
 */
export async function whoMay(
  reads: Reads,
  workspaceKey: number,
  wanted: readonly Wanted[],
): Promise<readonly Able[]> {
  const members = await keysIn(reads, workspaceKey)
  const accounts = await reads.all(accountsAmong, { keys: [...members] })
  const able: Able[] = []
  for (let from = 0; from < accounts.length; from += AT_ONCE) {
    const some = accounts.slice(from, from + AT_ONCE)
    const profiles = await Promise.all(
      some.map(async ({ key }) => buildProfile(await loadRights(reads, key, workspaceKey))),
    )
    for (const [at, { key, kind, name }] of some.entries()) {
      const may = wanted.every(({ permission, on }) => decide(profiles[at]!, permission, on))
      if (may) able.push({ key, kind: kind as Able['kind'], name, isMember: members.has(key) })
    }
  }
  return able
}
