import type { BulkInsert } from '@orrery/drivers/db'

/** A file again is the file as it is now. */
export const ARTIFACT_FILE_ROWS: BulkInsert = {
  table: 'artifact_files',
  columns: {
    workspace_key: 'int',
    root: 'text',
    path: 'text',
    size: 'int',
    sha256: 'text',
    etag: 'text',
    written_at: 'int',
  },
  key: ['workspace_key', 'root', 'path'],
  onClash: 'replace',
}
