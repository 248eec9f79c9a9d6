import { invalid, must } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Principals } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { deleteSessionsOf } from '../sessions/session-rows.ts'
import { subjectOf } from './principal-rows.ts'
import { keepStaffed } from './staff.ts'

const setIsAdmin = statement(
  'access.set-is-admin',
  (k: Kysely<AccessTables>, p: { key: number; isAdmin: number; now: number }) =>
    k
      .updateTable('principals')
      .set({ is_admin: p.isAdmin, updated_at: p.now })
      .where('principal_key', '=', p.key),
)

/** Makes or unmakes an administrator; see `Principals.setAdmin`. */
export function makeSetAdmin({ db, emit, clock, changes }: AccessVerbDeps): Principals['setAdmin'] {
  return async function setAdmin(caller, { name, isAdmin }) {
    must(caller, 'server.manage')
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const found = await findPrincipal(tx, name)
      if (found === undefined || found.kind === 'group') throw noPrincipal(name)
      if (found.kind === 'service' && isAdmin) {
        throw invalid(`'${found.name}' is a service account: only users can be administrators.`)
      }
      if ((found.isAdmin === 1) === isAdmin) return
      const { key: principal } = found
      await keepStaffed(tx, { principals: [] }, async () => {
        await tx.run(setIsAdmin, { key: principal, isAdmin: isAdmin ? 1 : 0, now: clock() })
      })
      await tx.run(deleteSessionsOf, { principal, but: 0 })
      await changes.change(tx, { principal })
      await emit(tx, caller, {
        type: isAdmin ? 'principal.made-admin' : 'principal.no-longer-admin',
        subject: subjectOf(found),
        before: undefined,
        after: undefined,
      } satisfies AccessEvent)
    })
  }
}
