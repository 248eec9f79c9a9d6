import type { EngineWords } from '@orrery/drivers/db'
import { type Expression, type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { LineageEdge, LineageNode } from './lineage-nodes.ts'

export const PARENT_TAG = 'mlflow.parentRunId'

type Kind = Exclude<LineageNode['kind'], 'version'>

/** The nodes from which a relation is followed, in the workspace of the caller: they are there and may be seen. */
export interface Near {
  readonly ids: readonly string[]
  readonly keys: readonly number[]
  /** Of datasets. */
  readonly names: readonly string[]
  readonly workspace: number
  readonly words: EngineWords
}

/**
 * One kind of edge in one direction: a question that selects which node it comes from and all that a graph tells of the
 * far one, so that nobody asks for it again.
 */
export interface Relation {
  readonly near: Kind
  readonly far: Kind
  /** What `near` is in the answer. Keys where a table has them: they are shorter, and found without an index. */
  readonly by: 'id' | 'key'
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

/** A row of a relation. `key` is 0 for datasets: one has a row in each experiment. */
export interface End {
  readonly near: string | number
  readonly key: number
  readonly id: string
  readonly name: string
  readonly status: string | null
  readonly createdAt: number | null
}

// biome-ignore lint/suspicious/noExplicitAny: the tables that are joined differ, what is selected does not
type Ends = SelectQueryBuilder<any, any, End>

const datasetId = sql<string>`d.name || '#' || d.digest`

const RUN = ['r.run_key as key', 'r.run_id as id', 'r.name', 'r.status', 'r.start_time as createdAt'] as const
const LOGGED_MODEL = [
  ...(['m.model_key as key', 'm.model_id as id', 'm.name', 'm.status'] as const),
  'm.created_at as createdAt',
] as const
const DATASET = [
  sql<number>`0`.as('key'),
  datasetId.as('id'),
  'd.name',
  sql<string | null>`null`.as('status'),
  sql<number | null>`null`.as('createdAt'),
] as const

/** By the index on names first: without it the engine would look through every dataset for the whole id. */
function isDataset({ ids, names, words }: Near): Expression<SqlBool> {
  return sql<SqlBool>`${words.among(sql.ref('d.name'), names)} and ${words.among(datasetId, ids)}`
}

/**
 * The plus keeps SQLite from beginning with every run of the workspace: the nodes it comes from are few, by an index of
 * their own.
 */
const inWorkspace = (column: string, { workspace }: Near) => sql<SqlBool>`+${sql.ref(column)} = ${workspace}`

const hasId = (column: string, { ids, words }: Near) => words.among(sql.ref(column), ids)
const hasKey = (column: string, { keys, words }: Near) => words.among(sql.ref(column), keys)

const runsAndDatasets = (k: Kysely<TrackingTables>) =>
  k.selectFrom('run_datasets as rd').innerJoin('datasets as d', 'd.dataset_key', 'rd.dataset_key')

/*
 * Cross joins where the workspace must lead to an index of the far end: SQLite keeps their order. Left to choose, it begins
 * with everything that the workspace has, 90 ms for each level of a graph beside 75,000 logged models.
 */

const modelsOfRuns = (k: Kysely<TrackingTables>, direction: 'input' | 'output', near: Near) =>
  k
    .selectFrom('run_models as rm')
    .crossJoin('logged_models as m')
    .select(['rm.run_key as near', ...LOGGED_MODEL])
    .whereRef('m.model_id', '=', 'rm.model_id')
    .where('m.workspace_key', '=', near.workspace)
    .where('rm.direction', '=', sql.lit(direction))
    .where(hasKey('rm.run_key', near))

const runsOfModels = (k: Kysely<TrackingTables>, direction: 'input' | 'output', near: Near) =>
  k
    .selectFrom('run_models as rm')
    .innerJoin('runs as r', 'r.run_key', 'rm.run_key')
    .select(['rm.model_id as near', ...RUN])
    .where('rm.direction', '=', sql.lit(direction))
    .where(inWorkspace('r.workspace_key', near))
    .where(hasId('rm.model_id', near))

const UPSTREAM = 'upstream' as const
const DOWNSTREAM = 'downstream' as const

export const RELATIONS: readonly Relation[] = [
  {
    ...{ near: 'run', far: 'dataset', by: 'key', direction: UPSTREAM, relation: 'read-by' },
    farExperiment: 'd.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      runsAndDatasets(k)
        .select(['rd.run_key as near', ...DATASET])
        .where(hasKey('rd.run_key', near)),
  },
  {
    ...{ near: 'dataset', far: 'run', by: 'id', direction: DOWNSTREAM, relation: 'read-by' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      runsAndDatasets(k)
        .innerJoin('runs as r', 'r.run_key', 'rd.run_key')
        .select([datasetId.as('near'), ...RUN])
        .where(inWorkspace('r.workspace_key', near))
        .where(isDataset(near)),
  },
  {
    ...{ near: 'run', far: 'logged-model', by: 'key', direction: UPSTREAM, relation: 'read-by' },
    farExperiment: 'm.experiment_key',
    isSaidByFar: false,
    ask: (k, near) => modelsOfRuns(k, 'input', near),
  },
  {
    ...{ near: 'logged-model', far: 'run', by: 'id', direction: DOWNSTREAM, relation: 'read-by' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: true,
    ask: (k, near) => runsOfModels(k, 'input', near),
  },
  {
    ...{ near: 'logged-model', far: 'run', by: 'id', direction: UPSTREAM, relation: 'produced' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: true,
    ask: (k, near) => runsOfModels(k, 'output', near),
  },
  {
    ...{ near: 'run', far: 'logged-model', by: 'key', direction: DOWNSTREAM, relation: 'produced' },
    farExperiment: 'm.experiment_key',
    isSaidByFar: false,
    ask: (k, near) => modelsOfRuns(k, 'output', near),
  },
  {
    ...{ near: 'logged-model', far: 'run', by: 'key', direction: UPSTREAM, relation: 'produced' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      k
        .selectFrom('logged_models as m')
        .crossJoin('runs as r')
        .select(['m.model_key as near', ...RUN])
        .whereRef('r.run_id', '=', 'm.source_run_id')
        .where('r.workspace_key', '=', near.workspace)
        .where('m.source_run_id', '<>', sql.lit(''))
        .where(hasKey('m.model_key', near)),
  },
  {
    ...{ near: 'run', far: 'logged-model', by: 'id', direction: DOWNSTREAM, relation: 'produced' },
    farExperiment: 'm.experiment_key',
    isSaidByFar: true,
    ask: (k, near) =>
      k
        .selectFrom('logged_models as m')
        .select(['m.source_run_id as near', ...LOGGED_MODEL])
        .where('m.source_run_id', '<>', sql.lit(''))
        .where('m.workspace_key', '=', near.workspace)
        .where(hasId('m.source_run_id', near)),
  },
  {
    ...{ near: 'run', far: 'run', by: 'key', direction: UPSTREAM, relation: 'parent-of' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: false,
    ask: (k, near) =>
      k
        .selectFrom('run_tags as t')
        .crossJoin('runs as r')
        .select(['t.run_key as near', ...RUN])
        .whereRef('r.run_id', '=', 't.value')
        .where('r.workspace_key', '=', near.workspace)
        .where('t.key', '=', sql.lit(PARENT_TAG))
        .where(hasKey('t.run_key', near)),
  },
  {
    ...{ near: 'run', far: 'run', by: 'id', direction: DOWNSTREAM, relation: 'parent-of' },
    farExperiment: 'r.experiment_key',
    isSaidByFar: true,
    ask: (k, near) =>
      k
        .selectFrom('run_tags as t')
        .innerJoin('runs as r', 'r.run_key', 't.run_key')
        .select(['t.value as near', ...RUN])
        .where('t.key', '=', sql.lit(PARENT_TAG))
        .where(inWorkspace('r.workspace_key', near))
        // As the index has it.
        .where(near.words.among(sql`substr(t.value, 1, 300)`, near.ids))
        .where(hasId('t.value', near)),
  },
]
