import { Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { findRow, noWorkspace, type WorkspaceRow } from './workspace-rows.ts'

/**
 * The row that was found before the transaction, as it is now that it is this transaction's turn.
 *
 * @throws RESOURCE_DOES_NOT_EXIST where it was deleted meanwhile, also if another has its name by now
 * @throws INVALID_STATE where it was archived meanwhile
 */
export async function takeWorkspace(
  tx: Tx,
  found: Pick<WorkspaceRow, 'key' | 'name'>,
  state: 'not-archived' | 'any',
): Promise<WorkspaceRow> {
  const row = await findRow(tx, found.name)
  if (row?.key !== found.key) throw noWorkspace(found.name)
  if (state === 'not-archived' && row.archivedAt !== null) {
    throw new Problem('INVALID_STATE', `The workspace '${row.name}' was archived meanwhile.`)
  }
  return row
}
