import type { Clock } from '@orrery/base/kernel'
import type { Database, MigrationModule } from '@orrery/drivers/db'
import { makeEnsureWorkspace } from './ensure-workspace.ts'
import { makeFindWorkspace } from './find-workspace.ts'
import { workspaces } from './migrations/0001-workspaces.ts'
import { signingKeys } from './migrations/0002-signing-keys.ts'

export { ensureSigningKey } from './ensure-signing-key.ts'

export { DEFAULT_WORKSPACE } from './ensure-workspace.ts'
export { localOwner, systemCaller } from './local-owner.ts'

export const accessMigrations: MigrationModule = { module: 'access', migrations: [workspaces, signingKeys] }

/** The verbs of this module. */
export function makeAccess(deps: { db: Database; clock: Clock }) {
  return { ensureWorkspace: makeEnsureWorkspace(deps), findWorkspace: makeFindWorkspace(deps) }
}

export type Access = ReturnType<typeof makeAccess>
