import type { EngineWords } from '@orrery/drivers/db'
import { type Expression, type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { LineageEdge, LineageNode } from './lineage-nodes.ts'

export const PARENT_TAG = 'mlflow.parentRunId'

type Kind = Exclude<LineageNode['kind'], 'version'>

/** The nodes from which a relation is followed: their ids, in the workspace of the caller. */
export interface Near {
  readonly ids: readonly string[]
  /** Of datasets. */
  readonly names: readonly string[]
  readonly workspace: number
  readonly words: EngineWords
}

/** One kind of edge in one direction: a question that selects `near` and `far`, ids of the two ends. */
export interface Relation {
  readonly near: Kind
  readonly far: Kind
  readonly direction: 'upstream' | 'downstream'
  readonly relation: LineageEdge['relation']
  /** The column that decides who may see the far end. */
  readonly farExperiment: string
  /**
   * Whether the far end says so and the near one does not: only then are hidden far ends counted. What the near end
   * names, whoever writes it may have made up, to learn whether there is such a thing.
   */
  readonly isSaidByFar: boolean
  readonly ask: (k: Kysely<TrackingTables>, near: Near) => Ends
}

// biome-ignore lint/suspicious/noExplicitAny: the tables that are joined differ, what is selected does not
type Ends = SelectQueryBuilder<any, any, { near: string; far: string }>

const datasetId = sql<string>`d.name || '#' || d.digest`

/** By the index on names first: without it the engine would look through every dataset for the whole id. */
function isDataset({ ids, names, words }: Near): Expression<SqlBool> {
  return sql<SqlBool>`${words.among(sql.ref('d.name'), names)} and ${words.among(datasetId, ids)}`
}

/**
 * The plus keeps SQLite from beginning with every run of the workspace: the nodes it comes from are few, by an index of
 * their own.
 */
const inWorkspace = (column: string, { workspace }: Near) => sql<SqlBool>`+${sql.ref(column)} = ${workspace}`

const isNear = (column: string, { ids, words }: Near) => words.among(sql.ref(column), ids)

const runsAndDatasets = (k: Kysely<TrackingTables>) =>
  k
    .selectFrom('run_datasets as rd')
    .innerJoin('runs as r', 'r.run_key', 'rd.run_key')
    .innerJoin('datasets as d', 'd.dataset_key', 'rd.dataset_key')

const runsAndModels = (k: Kysely<TrackingTables>, direction: 'input' | 'output') =>
  k
    .selectFrom('run_models as rm')
    .innerJoin('runs as r', 'r.run_key', 'rm.run_key')
    .innerJoin('logged_models as m', (join) =>
      join.onRef('m.model_id', '=', 'rm.model_id').onRef('m.workspace_key', '=', 'r.workspace_key'),
    )
    .where('rm.direction', '=', direction)

const runsAndTheirModels = (k: Kysely<TrackingTables>) =>
  k
    .selectFrom('logged_models as m')
    .innerJoin('runs as r', (join) =>
      join.onRef('r.run_id', '=', 'm.source_run_id').onRef('r.workspace_key', '=', 'm.workspace_key'),
    )
    .where('m.source_run_id', '<>', sql.lit(''))

const parentsAndChildren = (k: Kysely<TrackingTables>) =>
  k
    .selectFrom('run_tags as t')
    .innerJoin('runs as c', 'c.run_key', 't.run_key')
    .innerJoin('runs as p', (join) =>
      join.onRef('p.run_id', '=', 't.value').onRef('p.workspace_key', '=', 'c.workspace_key'),
    )
    .where('t.key', '=', sql.lit(PARENT_TAG))

const UPSTREAM = 'upstream' as const
const DOWNSTREAM = 'downstream' as const

export const RELATIONS: readonly Relation[] = [
  {
    ...{ near: 'run', far: 'dataset', direction: UPSTREAM, relation: 'read-by' },
    farExperiment: 'd.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      runsAndDatasets(k)
        .select(['r.run_id as near', datasetId.as('far')])
        .where('r.workspace_key', '=', near.workspace)
        .where(isNear('r.run_id', near)),
  },
  {
    ...{ near: 'dataset', far: 'run', direction: DOWNSTREAM, relation: 'read-by' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      runsAndDatasets(k)
        .select([datasetId.as('near'), 'r.run_id as far'])
        .where(inWorkspace('r.workspace_key', near))
        .where(isDataset(near)),
  },
  {
    ...{ near: 'run', far: 'logged-model', direction: UPSTREAM, relation: 'read-by' },
    farExperiment: 'm.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      runsAndModels(k, 'input')
        .select(['r.run_id as near', 'm.model_id as far'])
        .where('r.workspace_key', '=', near.workspace)
        .where(isNear('r.run_id', near)),
  },
  {
    ...{ near: 'logged-model', far: 'run', direction: DOWNSTREAM, relation: 'read-by' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: true,
    ask: (k, near) =>
      runsAndModels(k, 'input')
        .select(['m.model_id as near', 'r.run_id as far'])
        .where(inWorkspace('r.workspace_key', near))
        .where(isNear('rm.model_id', near)),
  },
  {
    ...{ near: 'logged-model', far: 'run', direction: UPSTREAM, relation: 'produced' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: true,
    ask: (k, near) =>
      runsAndModels(k, 'output')
        .select(['m.model_id as near', 'r.run_id as far'])
        .where(inWorkspace('r.workspace_key', near))
        .where(isNear('rm.model_id', near)),
  },
  {
    ...{ near: 'run', far: 'logged-model', direction: DOWNSTREAM, relation: 'produced' },
    farExperiment: 'm.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      runsAndModels(k, 'output')
        .select(['r.run_id as near', 'm.model_id as far'])
        .where('r.workspace_key', '=', near.workspace)
        .where(isNear('r.run_id', near)),
  },
  {
    ...{ near: 'logged-model', far: 'run', direction: UPSTREAM, relation: 'produced' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      runsAndTheirModels(k)
        .select(['m.model_id as near', 'r.run_id as far'])
        .where('m.workspace_key', '=', near.workspace)
        .where(isNear('m.model_id', near)),
  },
  {
    ...{ near: 'run', far: 'logged-model', direction: DOWNSTREAM, relation: 'produced' },
    farExperiment: 'm.experiment_key',
    isSaidByFar: true,
    ask: (k, near) =>
      runsAndTheirModels(k)
        .select(['m.source_run_id as near', 'm.model_id as far'])
        .where('m.workspace_key', '=', near.workspace)
        .where(isNear('m.source_run_id', near)),
  },
  {
    ...{ near: 'run', far: 'run', direction: UPSTREAM, relation: 'parent-of' },
    farExperiment: 'p.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      parentsAndChildren(k)
        .select(['c.run_id as near', 'p.run_id as far'])
        .where('c.workspace_key', '=', near.workspace)
        .where(isNear('c.run_id', near)),
  },
  {
    ...{ near: 'run', far: 'run', direction: DOWNSTREAM, relation: 'parent-of' },
    farExperiment: 'c.experiment_key',
    isSaidByFar: true,
    ask: (k, near) =>
      parentsAndChildren(k)
        .select(['p.run_id as near', 'c.run_id as far'])
        .where(inWorkspace('c.workspace_key', near))
        // As the index has it.
        .where(near.words.among(sql`substr(t.value, 1, 300)`, near.ids))
        .where(isNear('t.value', near)),
  },
]
