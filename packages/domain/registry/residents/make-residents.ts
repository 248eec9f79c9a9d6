import { type Database, type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'
import { makeRemoveSlice } from './remove-slice.ts'

/** A noun in the plural, and how many of it there are. */
interface Loss {
  readonly what: string
  readonly count: number
}

type Where = { workspace: number }

const models = statement('registry.count-models', (k: Kysely<RegistryTables>, p: Where) =>
  k
    .selectFrom('registered_models')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workspace_key', '=', p.workspace),
)

/** Those of deleted models, which are still to go, are nobody's. */
const versions = statement('registry.count-versions-in-workspace', (k: Kysely<RegistryTables>, p: Where) =>
  k
    .selectFrom('registered_models as model')
    .innerJoin('model_versions as version', 'version.model_key', 'model.model_key')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('model.workspace_key', '=', p.workspace),
)

const anyModel = statement('registry.any-model', (k: Kysely<RegistryTables>, p: Where) =>
  k
    .selectFrom('registered_models')
    .select('model_key as key')
    .where('workspace_key', '=', p.workspace)
    .limit(1),
)

/** What models and versions are to the workspace that they are in. Their files are counted where all files are. */
export function makeRegistryResidents({ db }: { readonly db: Database }) {
  return {
    /** Counts what the workspace has. Scans. */
    async losses(reads: Reads, workspaceKey: number): Promise<readonly Loss[]> {
      return [
        { what: 'registered models', count: await count(reads, models, workspaceKey) },
        { what: 'model versions', count: await count(reads, versions, workspaceKey) },
      ]
    },

    async isEmpty(reads: Reads, workspaceKey: number): Promise<boolean> {
      return (await reads.first(anyModel, { workspace: workspaceKey })) === undefined
    },

    measure: async () => ({}),

    removeSlice: makeRemoveSlice(db),
  }
}

async function count(reads: Reads, rows: typeof models, workspace: number): Promise<number> {
  const row = await reads.first(rows, { workspace })
  return Number(row?.count ?? 0)
}
