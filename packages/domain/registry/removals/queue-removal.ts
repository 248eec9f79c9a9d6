import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

/** What is left to do. A folder goes only if no version needs it when its turn comes. */
export type Removal =
  | {
      readonly workspaceKey: number
      readonly kind: 'model' | 'version'
      /** Key of the model or version whose own row has just gone. */
      readonly target: number
    }
  | { readonly workspaceKey: number; readonly kind: 'folder'; readonly folderId: string }

interface NewRow {
  workspace: number
  kind: Removal['kind']
  target: number | null
  folder: string | null
}

const insert = statement('registry.queue-removal', (k: Kysely<RegistryTables>, p: NewRow) =>
  k.insertInto('registry_removals').values({
    workspace_key: p.workspace,
    kind: p.kind,
    target: p.target,
    folder_id: p.folder,
  }),
)

/** Remembers that the rest of something has to go, in the transaction that takes its own row away. */
export async function queueRemoval(tx: Tx, removal: Removal): Promise<void> {
  await tx.run(insert, {
    workspace: removal.workspaceKey,
    kind: removal.kind,
    target: removal.kind === 'folder' ? null : removal.target,
    folder: removal.kind === 'folder' ? removal.folderId : null,
  })
}
