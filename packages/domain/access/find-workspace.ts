import { Problem, type Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { selectWorkspace } from './ensure-workspace.ts'

/** Throws RESOURCE_DOES_NOT_EXIST with the next step. */
export function makeFindWorkspace({ db }: { db: Database }) {
  return async function findWorkspace(name: string): Promise<Workspace> {
    const workspace = await db.read.first(selectWorkspace, { name })
    if (workspace !== undefined) return workspace
    throw new Problem('RESOURCE_DOES_NOT_EXIST', `No workspace is named '${name}'.`, {
      hint: "Leave the workspace out of the address to reach 'default'.",
    })
  }
}
