import type { Workspaces } from '../access.ts'
import { findNamed } from './find-named.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'
import { detailsOf } from './workspace-rows.ts'

export function makeGetWorkspace(deps: WorkspaceDeps): Workspaces['get'] {
  return async function getWorkspace(caller, { name }) {
    const { row } = await findNamed(deps, deps.db.read, caller, name)
    const [details] = await detailsOf(deps.db.read, [row])
    return details!
  }
}
