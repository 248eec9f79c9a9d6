import type { Caller } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { rootsAbove } from './owner.ts'

/** A file as it was recorded when it became whole. */
export interface FileBelow {
  /** The owner's part of its path, and the rest: its place in the table. */
  readonly root: string
  readonly path: string
  /** Its path below what was asked for; the file's own name where the file itself was. */
  readonly below: string
  /** Bytes. */
  readonly size: number
  /** Lower-case hex; null where the store could not tell. */
  readonly sha256: string | null
  readonly etag: string
}

interface Range {
  workspace: number
  root: string
  path: string
  from: string
  to: string
  limit: number
}

const below = statement('tracking.files-recorded-below', (k: Kysely<TrackingTables>, p: Range) =>
  k
    .selectFrom('artifact_files')
    .select(['root', 'path', 'size', 'sha256', 'etag'])
    .where('workspace_key', '=', p.workspace)
    .where('root', '=', p.root)
    .where('path', '>=', p.from)
    .where('path', '<', p.to)
    .orderBy('path')
    .limit(p.limit),
)

const itself = statement('tracking.file-recorded-at', (k: Kysely<TrackingTables>, p: Omit<Range, 'limit'>) =>
  k
    .selectFrom('artifact_files')
    .select(['root', 'path', 'size', 'sha256', 'etag'])
    .where('workspace_key', '=', p.workspace)
    .where('root', '=', p.root)
    .where('path', '=', p.path),
)

const learn = statement(
  'tracking.learn-digest',
  (
    k: Kysely<TrackingTables>,
    p: { workspace: number; root: string; path: string; etag: string; sha256: string },
  ) =>
    k
      .updateTable('artifact_files')
      .set({ sha256: p.sha256 })
      .where('workspace_key', '=', p.workspace)
      .where('root', '=', p.root)
      .where('path', '=', p.path)
      .where('etag', '=', p.etag),
)

/**
 * The files that are recorded at a path of the store or below it, by the bytes of their paths. It asks for no right:
 * whoever calls it has found out that the caller may know. Thousands of rows are a question for `scan`.
 *
 * @param path canonical (`parseArtifactPath`), without the workspace
 * @param limit at most so many
 */
export async function recordedBelow(
  reads: Reads,
  caller: Caller,
  path: string,
  limit: number,
): Promise<FileBelow[]> {
  for (const root of rootsAbove(path)) {
    const range = rangeBelow(caller.workspace.key, root, path.slice(root.length + 1), limit)
    const file = range.path === '' ? undefined : await reads.first(itself, range)
    if (file !== undefined) return [{ ...file, below: range.path.slice(range.path.lastIndexOf('/') + 1) }]
    const rows = await reads.all(below, range)
    if (rows.length > 0) return rows.map((row) => ({ ...row, below: row.path.slice(range.from.length) }))
  }
  return []
}

/** Keeps a digest that was computed later, unless the file has been replaced meanwhile. */
export async function learnDigest(
  tx: Tx,
  caller: Caller,
  { root, path, etag }: Pick<FileBelow, 'root' | 'path' | 'etag'>,
  sha256: string,
): Promise<void> {
  await tx.run(learn, { workspace: caller.workspace.key, root, path, etag, sha256 })
}

/** After every path: U+10FFFF is the last character, in UTF-8 as well. "0" is the character after "/". */
function rangeBelow(workspace: number, root: string, path: string, limit: number): Range {
  const [from, to] = path === '' ? ['', '\u{10ffff}'] : [`${path}/`, `${path}0`]
  return { workspace, root, path, from, to, limit }
}
