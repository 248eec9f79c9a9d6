import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { type Database, type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { bytesOf, filesOf } from '../artifacts/bytes-of.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { isEmpty } from './is-empty.ts'
import { makeRemoveSlice } from './remove-slice.ts'

/** A noun in the plural, and how many of it there are. */
interface Loss {
  readonly what: string
  readonly count: number
  /** Of files. */
  readonly bytes?: number
}

type Where = { workspace: number }

/** A Default experiment comes with every workspace: nobody loses it. */
const experiments = statement('tracking.count-experiments', (k: Kysely<TrackingTables>, p: Where) =>
  k
    .selectFrom('experiments')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workspace_key', '=', p.workspace)
    .where('experiment_id', '<>', '0'),
)

const runs = statement('tracking.count-runs', (k: Kysely<TrackingTables>, p: Where) =>
  k
    .selectFrom('runs')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workspace_key', '=', p.workspace),
)

const loggedModels = statement('tracking.count-logged-models', (k: Kysely<TrackingTables>, p: Where) =>
  k
    .selectFrom('logged_models')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workspace_key', '=', p.workspace),
)

/** What experiments, runs, logged models and files are to the workspace that they are in. */
export function makeResidents(deps: { readonly db: Database; readonly store: ArtifactStore }) {
  return {
    /** Counts what the workspace has. Scans. */
    async losses(reads: Reads, workspaceKey: number): Promise<readonly Loss[]> {
      const { files, bytes } = await filesOf(reads, workspaceKey)
      return [
        { what: 'experiments', count: await count(reads, experiments, workspaceKey) },
        { what: 'runs', count: await count(reads, runs, workspaceKey) },
        { what: 'logged models', count: await count(reads, loggedModels, workspaceKey) },
        { what: 'files', count: files, bytes },
      ]
    },

    isEmpty,

    /** Counts from the rows what `Meter` counts as it goes. Scans. */
    async measure(reads: Reads, workspaceKey: number) {
      return {
        runs: await count(reads, runs, workspaceKey),
        'artifact-bytes': await bytesOf(reads, workspaceKey),
      }
    },

    removeSlice: makeRemoveSlice(deps),
  }
}

async function count(reads: Reads, rows: typeof runs, workspace: number): Promise<number> {
  const row = await reads.first(rows, { workspace })
  return Number(row?.count ?? 0)
}
