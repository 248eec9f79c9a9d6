import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'

const sum = statement('tracking.bytes-of-workspace', (k: Kysely<TrackingTables>, p: { workspace: number }) =>
  k
    .selectFrom('artifact_files')
    .select((e) => [e.fn.sum<number | null>('size').as('bytes'), e.fn.countAll<number>().as('files')])
    .where('workspace_key', '=', p.workspace),
)

/** How many files a workspace has in the store behind this server, and their size. Scans. */
export async function filesOf(reads: Reads, workspace: number): Promise<{ files: number; bytes: number }> {
  const row = await reads.first(sum, { workspace })
  return { files: Number(row?.files ?? 0), bytes: Number(row?.bytes ?? 0) }
}

export async function bytesOf(reads: Reads, workspace: number): Promise<number> {
  return (await filesOf(reads, workspace)).bytes
}
