import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RemovalKind, TrackingTables } from '../tracking-tables.ts'

export interface Removal {
  readonly workspaceKey: number
  readonly kind: RemovalKind
  /** Internal key of the run, series, experiment or logged model whose own row has just gone. */
  readonly target: number
  /** The id by which others name it; empty for a series. */
  readonly externalId: string
  /** Where its files lie, if it has any. */
  readonly artifactUri: string | null
}

const insert = statement('tracking.queue-removal', (k: Kysely<TrackingTables>, p: Removal) =>
  k.insertInto('removals').values({
    workspace_key: p.workspaceKey,
    kind: p.kind,
    target: p.target,
    external_id: p.externalId,
    artifact_uri: p.artifactUri,
  }),
)

/** Remembers that the rest of something has to go, in the transaction that takes its own row away. */
export async function queueRemoval(tx: Tx, removal: Removal): Promise<void> {
  await tx.run(insert, removal)
}
