import { Problem, type Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { selectWorkspace } from './ensure-workspace.ts'

/**
 * Throws RESOURCE_DOES_NOT_EXIST with the next step.
 *
 * What was found is remembered, because no workspace ever loses its name or its key: asked anew for each request it
 * took 7 % of the time of `log-metric`, since every commit empties the page cache of the read connection.
 */
export function makeFindWorkspace({ db }: { db: Database }) {
  const found = new Map<string, Workspace>()
  return async function findWorkspace(name: string): Promise<Workspace> {
    const known = found.get(name)
    if (known !== undefined) return known
    const workspace = await db.read.first(selectWorkspace, { name })
    if (workspace !== undefined) {
      found.set(name, workspace)
      return workspace
    }
    throw new Problem('RESOURCE_DOES_NOT_EXIST', `No workspace is named '${name}'.`, {
      hint: "Leave the workspace out of the address to reach 'default'.",
    })
  }
}
