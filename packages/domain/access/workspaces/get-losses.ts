import { mustHave } from '@orrery/base/kernel'
import type { Workspaces } from '../access.ts'
import { findNamed } from './find-named.ts'
import { lossesOf } from './losses-of.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'

export function makeGetLosses(deps: WorkspaceDeps): Workspaces['losses'] {
  return async function getLosses(caller, { name }) {
    const { row, there } = await findNamed(deps, deps.db.read, caller, name)
    mustHave(there, 'workspace.manage')
    return deps.db.scan((reads) => lossesOf(reads, deps.residents, row.key))
  }
}
