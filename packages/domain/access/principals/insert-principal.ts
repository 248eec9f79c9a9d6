import { Problem } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { foldName } from '../decisions/find-principal.ts'
import type { PrincipalKind } from '../principal.ts'

export interface PrincipalToInsert {
  readonly kind: PrincipalKind
  /** Checked before by `checkPrincipalName`. */
  readonly name: string
  readonly displayName: string
  readonly email: string
  /** Of a service account. */
  readonly homeWorkspaceKey: number | null
  readonly isAdmin: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly by: string
}

const insert = statement(
  'access.insert-principal',
  (k: Kysely<AccessTables>, p: Omit<PrincipalToInsert, 'isAdmin'> & { folded: string; isAdmin: number }) =>
    k
      .insertInto('principals')
      .values({
        kind: p.kind,
        name: p.name,
        folded_name: p.folded,
        display_name: p.displayName,
        email: p.email,
        home_workspace_key: p.homeWorkspaceKey,
        is_admin: p.isAdmin,
        disabled_at: null,
        stamp: 0,
        created_at: p.now,
        created_by: p.by,
        updated_at: p.now,
        last_seen_at: null,
      })
      .onConflict((clash) => clash.column('folded_name').doNothing())
      .returning('principal_key as key'),
)

/**
 * Makes an account or group without any right. Whoever calls it tells the event and the change.
 *
 * @returns its key; undefined where the name is taken, in whatever case
 */
export async function insertPrincipal(tx: Tx, given: PrincipalToInsert): Promise<number | undefined> {
  const { kind, name, displayName, email, homeWorkspaceKey, now, by } = given
  const row = await tx.first(insert, {
    kind,
    name,
    displayName,
    email,
    homeWorkspaceKey,
    now,
    by,
    folded: foldName(name),
    isAdmin: given.isAdmin ? 1 : 0,
  })
  return row?.key
}

/** MLflow's sentence. */
export function nameIsTaken(name: string): Problem {
  return new Problem('RESOURCE_ALREADY_EXISTS', `User (username=${name}) already exists.`, {
    hint: 'Names are one whatever their case, for users, service accounts and groups together.',
  })
}
