import { must } from '@orrery/base/kernel'
import type { Workspaces } from '../access.ts'
import { findNamed } from './find-named.ts'
import { lossesOf } from './losses-of.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'

export function makeGetLosses(deps: WorkspaceDeps): Workspaces['losses'] {
  return async function getLosses(caller, { name }) {
    const { row, there } = await findNamed(deps, deps.db.read, caller, name)
    // Whoever keeps an archived workspace may look at what it holds.
    if (!there.may('workspace.manage')) must(there, 'workspace.manage')
    return deps.db.scan((reads) => lossesOf(reads, deps.residents, row.key))
  }
}
