import type { Workspaces } from '../access.ts'
import { makeCreateWorkspace } from './create-workspace.ts'
import { makeDeleteWorkspace } from './delete-workspace.ts'
import { makeGetLosses } from './get-losses.ts'
import { makeGetWorkspace } from './get-workspace.ts'
import { makeListWorkspaces } from './list-workspaces.ts'
import { makeSetArchived } from './set-archived.ts'
import { makeUpdateWorkspace } from './update-workspace.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'

export function makeWorkspaces(deps: WorkspaceDeps): Workspaces {
  return {
    create: makeCreateWorkspace(deps),
    list: makeListWorkspaces(deps),
    get: makeGetWorkspace(deps),
    update: makeUpdateWorkspace(deps),
    setArchived: makeSetArchived(deps),
    losses: makeGetLosses(deps),
    delete: makeDeleteWorkspace(deps),
  }
}
