import { Problem } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { AccessEvent } from '../access-events.ts'
import { hashSecret, isSecret } from '../authentication/secret.ts'
import type { Setup } from '../credentials.ts'
import { putPassword } from '../passwords/password-rows.ts'
import { MANUAL } from '../principals/holder.ts'
import { insertPrincipal, nameIsTaken } from '../principals/insert-principal.ts'
import { checkPrincipalName } from '../principals/principal-name.ts'
import { anAdministrator } from '../principals/staff.ts'
import { insertAssignment } from '../roles/assignment-rows.ts'
import { ownerRoleOf } from '../roles/role-rows.ts'
import { arrivingCaller } from '../sessions/begin-session.ts'
import { dropLinks, openLink } from './link-rows.ts'
import type { SetupDeps } from './make-setup.ts'

/** Whether a link leads somewhere; see `Setup.isOpen`. */
export function makeIsOpen({ db, clock }: SetupDeps): Setup['isOpen'] {
  return ({ link }) => isOpen(db.read, link, clock())
}

async function isOpen(reads: Reads, link: string, now: number): Promise<boolean> {
  if (!isSecret(link)) return false
  if ((await reads.first(openLink, { hash: hashSecret(link), now })) === undefined) return false
  return (await reads.first(anAdministrator, {})) === undefined
}

/** Makes the first administrator; see `Setup.complete`. */
export function makeCompleteSetup(deps: SetupDeps): Setup['complete'] {
  const { db, clock, emit, changes, hasher, beginSession, home } = deps
  return async function completeSetup({ requestId, address }, { link, name, password, browser }) {
    // Before a password is computed: without the link nobody makes the server work.
    if (!(await isOpen(db.read, link, clock()))) throw noSuchRoute()
    checkPrincipalName(name)
    const hash = await hasher.hash(password, address)
    const workspace = await home()
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const now = clock()
      if (!(await isOpen(tx, link, now))) throw noSuchRoute()
      const key = await insertPrincipal(tx, {
        kind: 'user',
        name,
        displayName: '',
        email: '',
        homeWorkspaceKey: null,
        isAdmin: true,
        now,
        by: name,
      })
      if (key === undefined) throw nameIsTaken(name)
      await tx.run(putPassword, { principal: key, hash, now })
      const role = await tx.first(ownerRoleOf, { workspace: workspace.key })
      if (role === undefined) throw new Error(`the workspace '${workspace.name}' has no role of owners`)
      await tx.run(insertAssignment, {
        workspace: workspace.key,
        principal: key,
        role: role.key,
        source: MANUAL,
        now,
        by: name,
      })
      await tx.run(dropLinks, {})
      await changes.change(tx, { principal: key })
      const arriving = { account: { key, name, stamp: 0 }, requestId, address, workspace }
      await emit(tx, arrivingCaller(arriving), {
        type: 'setup.completed',
        subject: `users/${name}`,
        before: undefined,
        after: { name },
      } satisfies AccessEvent)
      return beginSession(tx, { ...arriving, method: 'setup-link', browser })
    })
  }
}

/** As for a route that there is not: afterwards nobody learns that there was one. */
function noSuchRoute(): Problem {
  return new Problem('ENDPOINT_NOT_FOUND', 'No such route: POST /setup.')
}
