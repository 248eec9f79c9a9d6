import { type Clock, type IdSource, randomIds } from '@orrery/base/kernel'
import type { Database, MigrationModule } from '@orrery/drivers/db'
import { makeChanges } from './changes.ts'
import { makeOwnership } from './decisions/ownership.ts'
import { makeProfiles } from './decisions/profiles.ts'
import { makeEnsureWorkspace } from './ensure-workspace.ts'
import { makeFindWorkspace } from './find-workspace.ts'
import { workspaces } from './migrations/0001-workspaces.ts'
import { signingKeys } from './migrations/0002-signing-keys.ts'
import { workspaceProperties } from './migrations/0003-workspace-properties.ts'
import { principalsAndGrants } from './migrations/0004-principals-and-grants.ts'
import { credentials } from './migrations/0005-credentials.ts'
import { singleSignOn } from './migrations/0006-single-sign-on.ts'

export type { Access, Grants, Quotas, Roles, WorkspaceProperties, Workspaces } from './access.ts'
export { endCredentials } from './authentication/end-credentials.ts'
export { makeFindSigner } from './authentication/find-signer.ts'
export { networkOf } from './authentication/network-of.ts'
export { localOwner, systemCaller } from './callers-without-account.ts'
export { type Changes, makeChanges } from './changes.ts'
export type { Authentication, Claims, Passwords, Sessions, SignOn, Tokens } from './credentials.ts'
export { makeExplain } from './decisions/explain.ts'
export { makeThings } from './decisions/make-things.ts'
export { makeOwnerCaller } from './decisions/owner-caller.ts'
export { ensureSigningKey, SEALING } from './ensure-signing-key.ts'
export { DEFAULT_WORKSPACE } from './ensure-workspace.ts'
export type { Grant, RoleAssignment, RoleDetails } from './grant.ts'
export { grantWord, parseGrantKind, parseGrantWord } from './grants/grant-words.ts'
export { makeGrantVerbs } from './grants/make-grant-verbs.ts'
export { LIMITS as ACCESS_LIMITS } from './limits.ts'
export { makeCredentials } from './make-credentials.ts'
export { makePasswordHasher, type PasswordHasher } from './passwords/hash-password.ts'
export type { PrincipalDetails } from './principal.ts'
export { makePrincipals } from './principals/make-principals.ts'
export { makePersonsBehind } from './principals/persons-behind.ts'
export { makeMeter } from './quotas/make-meter.ts'
export { makeQuotas } from './quotas/make-quotas.ts'
export { makeMeasureUsage } from './quotas/measure-usage.ts'
export { builtInLevels } from './roles/built-in-levels.ts'
export { isAmong, whoIsNamed } from './roles/is-among.ts'
export { makeRoles } from './roles/make-roles.ts'
export { whoMay } from './roles/who-may.ts'
export type { Meter, Ownership, Residents, Things } from './seams.ts'
export { findWorkspaceName, makeServerIn } from './server-in.ts'
export type { SessionDetails } from './session.ts'
export { hasAdministrator } from './setup/has-administrator.ts'
export type { NewToken, TokenDetails } from './token.ts'
export type { Quota, WorkspaceDetails } from './workspace.ts'
export { makeWorkspaces } from './workspaces/make-workspaces.ts'
export { makeWorkOffWorkspaces } from './workspaces/work-off-workspaces.ts'
export type { WorkspaceDeps } from './workspaces/workspace-deps.ts'

export const accessMigrations: MigrationModule = {
  module: 'access',
  migrations: [workspaces, signingKeys, workspaceProperties, principalsAndGrants, credentials, singleSignOn],
}

/** The verbs of this module. */
export function makeAccess({ db, clock, ids = randomIds }: { db: Database; clock: Clock; ids?: IdSource }) {
  const changes = makeChanges({ db, clock })
  return {
    ensureWorkspace: makeEnsureWorkspace({ clock, ids }),
    findWorkspace: makeFindWorkspace({ db, changes }),
    changes,
    profiles: makeProfiles({ db, changes }),
    ownership: makeOwnership({ changes, clock, soleWriter: db.can.soleWriter }),
  }
}
