import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'

const SLICE_ROWS = 1000

/** A file as the table knows it, of any workspace. */
export interface RecordedFile {
  readonly workspace_key: number
  readonly root: string
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Lower-case hex; null where the store could not tell. */
  readonly sha256: string | null
}

type Place = Pick<RecordedFile, 'workspace_key' | 'root' | 'path'>

const COLUMNS = ['workspace_key', 'root', 'path', 'size', 'sha256'] as const

const slice = statement('tracking.recorded-files-after', (k: Kysely<TrackingTables>, p: Place) =>
  k
    .selectFrom('artifact_files')
    .select(COLUMNS)
    .where((where) =>
      where.or([
        where('workspace_key', '>', p.workspace_key),
        where.and([where('workspace_key', '=', p.workspace_key), where('root', '>', p.root)]),
        where.and([
          where('workspace_key', '=', p.workspace_key),
          where('root', '=', p.root),
          where('path', '>', p.path),
        ]),
      ]),
    )
    .orderBy('workspace_key')
    .orderBy('root')
    .orderBy('path')
    .limit(SLICE_ROWS),
)

const one = statement('tracking.recorded-file', (k: Kysely<TrackingTables>, p: Place) =>
  k
    .selectFrom('artifact_files')
    .select(COLUMNS)
    .where('workspace_key', '=', p.workspace_key)
    .where('root', '=', p.root)
    .where('path', '=', p.path),
)

/** Every file of every workspace, for copies and checks of the whole store. */
export async function* recordedFiles(reads: Reads): AsyncGenerator<RecordedFile> {
  for (let last: Place | undefined = { workspace_key: 0, root: '', path: '' }; last !== undefined; ) {
    const rows: RecordedFile[] = await reads.all(slice, place(last))
    yield* rows
    last = rows.length === SLICE_ROWS ? rows.at(-1) : undefined
  }
}

/** The same file as it is recorded now; undefined once it is gone. */
export function recordedFile(reads: Reads, file: Place): Promise<RecordedFile | undefined> {
  return reads.first(one, place(file))
}

/** Where the store keeps it. */
export const storeKeyOf = ({ workspace_key, root, path }: Place) => `${workspace_key}/${root}/${path}`

const place = ({ workspace_key, root, path }: Place): Place => ({ workspace_key, root, path })
