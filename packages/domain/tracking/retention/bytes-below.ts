import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { storePathOf } from '../artifacts/artifact-location.ts'
import type { TrackingTables } from '../tracking-tables.ts'

const sizes = statement(
  'tracking.bytes-below-roots',
  (k: Kysely<TrackingTables>, p: { workspace: number; roots: readonly string[] }, words) =>
    k
      .selectFrom('artifact_files')
      .select((e) => ['root', e.fn.sum<number>('size').as('bytes'), e.fn.countAll<number>().as('files')])
      .where('workspace_key', '=', p.workspace)
      .where(words.among(sql.ref('root'), p.roots))
      .groupBy('root'),
)

export interface Below {
  readonly files: number
  readonly bytes: number
}

/** What lies in the store behind this server below each of these addresses; those with nothing are left out. */
export async function bytesBelow(
  reads: Reads,
  workspace: number,
  uris: readonly string[],
): Promise<ReadonlyMap<string, Below>> {
  const byRoot = new Map<string, string>()
  for (const uri of uris) {
    const root = storePathOf(uri)
    if (root !== undefined) byRoot.set(root, uri)
  }
  if (byRoot.size === 0) return new Map()
  const rows = await reads.all(sizes, { workspace, roots: [...byRoot.keys()] })
  return new Map(
    rows.map(({ root, files, bytes }) => [byRoot.get(root)!, { files: Number(files), bytes: Number(bytes) }]),
  )
}
