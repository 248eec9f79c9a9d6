import { Problem } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Principals } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { deleteSessionsOf } from '../sessions/session-rows.ts'
import { dropTokensOf } from '../tokens/drop-tokens.ts'
import { findToManage, isSelf, takeFound } from './about-principal.ts'
import { subjectOf } from './principal-rows.ts'
import { keepStaffed } from './staff.ts'

type Who = { readonly principal: number }

const DROPS = [
  statement('access.drop-password-of', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('passwords').where('principal_key', '=', p.principal),
  ),
  statement('access.drop-reset-links-of', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('setup_links').where('principal_key', '=', p.principal),
  ),
  statement('access.drop-identities-of', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('identities').where('principal_key', '=', p.principal),
  ),
  statement('access.drop-memberships-of', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('group_members').where('member_key', '=', p.principal),
  ),
  statement('access.drop-members-of', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('group_members').where('group_key', '=', p.principal),
  ),
  statement('access.drop-mappings-to', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('group_mappings').where('group_key', '=', p.principal),
  ),
  statement('access.drop-assignments-of', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('role_assignments').where('principal_key', '=', p.principal),
  ),
  statement('access.drop-grants-of', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('grants').where('principal_key', '=', p.principal),
  ),
  statement('access.drop-principal', (k: Kysely<AccessTables>, p: Who) =>
    k.deleteFrom('principals').where('principal_key', '=', p.principal),
  ),
]

/** Deletes an account or group with everything that it has; see `Principals.delete`. */
export function makeDeletePrincipal(deps: AccessVerbDeps): Principals['delete'] {
  const { db, emit, changes } = deps
  return async function deletePrincipal(caller, { kind, name }) {
    const found = await findToManage(deps, caller, name, kind)
    if (isSelf(caller, found)) {
      throw new Problem(
        'BAD_REQUEST',
        'Users cannot delete their own account. Ask another admin to delete this user instead.',
      )
    }
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const { key } = await takeFound(tx, found)
      await keepStaffed(tx, { principals: [key] }, () => dropAll(deps, tx, key))
      // Whoever was in a group may be anybody: deleting one is rare, so everything is read anew.
      await changes.change(tx, kind === 'group' ? {} : { principal: key })
      await emit(tx, caller, {
        type: 'principal.deleted',
        subject: subjectOf(found),
        before: { kind, name: found.name },
        after: undefined,
      } satisfies AccessEvent)
    })
  }
}

async function dropAll({ meter }: AccessVerbDeps, tx: Tx, principal: number): Promise<void> {
  await dropTokensOf(tx, meter, principal)
  await tx.run(deleteSessionsOf, { principal, but: 0 })
  for (const drop of DROPS) await tx.run(drop, { principal })
}
