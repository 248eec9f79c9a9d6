import type { Caller } from '@orrery/base/kernel'
import type { Workspaces } from '../access.ts'
import { Outlives } from '../decisions/outlives.ts'
import { memberships } from './memberships.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'
import { detailsOf, livingRows, type WorkspaceRow, workspaceOf } from './workspace-rows.ts'

export function makeListWorkspaces({ db, callerIn }: WorkspaceDeps): Workspaces['list'] {
  return async function listWorkspaces(caller) {
    const rows = await db.scan(async (reads) => {
      const all = await livingRows(reads)
      if (caller.principal.key === undefined || caller.may('server.manage')) return all
      const mine = await memberships(reads, caller.principal.key)
      return all.filter(({ key }) => mine.has(key))
    })
    // The rows only say where to ask: what a credential reaches is decided in one place.
    const reached = await Promise.all(rows.map((row) => reaches(caller, row)))
    return detailsOf(
      db.read,
      rows.filter((_, i) => reached[i]),
    )
  }

  async function reaches(caller: Caller, row: WorkspaceRow): Promise<boolean> {
    try {
      return (await callerIn(caller, workspaceOf(row))) !== undefined
    } catch (error) {
      if (error instanceof Outlives) return false
      throw error
    }
  }
}
