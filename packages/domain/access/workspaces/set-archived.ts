import { mustHave } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Workspaces } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import { findNamed } from './find-named.ts'
import { takeWorkspace } from './take-workspace.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'
import { detailsOf, findRow } from './workspace-rows.ts'

const write = statement(
  'access.archive-workspace',
  (k: Kysely<AccessTables>, p: { workspace: number; archivedAt: number | null; now: number }) =>
    k
      .updateTable('workspaces')
      .set({ archived_at: p.archivedAt, updated_at: p.now })
      .where('workspace_key', '=', p.workspace),
)

export function makeSetArchived(deps: WorkspaceDeps): Workspaces['setArchived'] {
  const { db, emit, clock, changes } = deps
  return async function setArchived(caller, { name, archived }) {
    const { row, there } = await findNamed(deps, db.read, caller, name)
    mustHave(there, 'workspace.manage')
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const now = clock()
      const before = await takeWorkspace(tx, row, 'any')
      if ((before.archivedAt !== null) !== archived) {
        await tx.run(write, { workspace: row.key, archivedAt: archived ? now : null, now })
        await changes.change(tx, { workspace: row.key })
        await emit(tx, there, {
          type: archived ? 'workspace.archived' : 'workspace.restored',
          subject: `workspaces/${name}`,
          before: undefined,
          after: undefined,
        } satisfies AccessEvent)
      }
      const [details] = await detailsOf(tx, [(await findRow(tx, name))!])
      return details!
    })
  }
}
