import { LOGGED_MODELS, parseFilter } from '@orrery/base/filter'
import { type Caller, invalid } from '@orrery/base/kernel'
import { type Database, type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { LOGGED_MODEL_COLUMNS } from '../logged-models/find-logged-model.ts'
import { loadLoggedModels } from '../logged-models/load-logged-models.ts'
import type { LoggedModel } from '../logged-models/logged-model.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { all, type Condition } from './conditions.ts'
import { scopeOf } from './experiment-scope.ts'
import { type DatasetFilter, modelConditions } from './logged-model-conditions.ts'
import { type LoggedModelOrder, type ModelTerm, modelTerms } from './logged-model-order.ts'
import { checkMaxResults } from './max-results.ts'
import { readToken, searchName, writeToken } from './page-token.ts'

export interface LoggedModelSearch {
  readonly experimentIds: readonly string[]
  readonly filter?: string | undefined
  readonly datasets?: readonly DatasetFilter[] | undefined
  /** Up to 50,000; 0 counts as not given. @default 100 */
  readonly maxResults?: number | undefined
  /** Newest first unless given, and among equals. */
  readonly orderBy?: readonly LoggedModelOrder[] | undefined
  readonly pageToken?: string | undefined
}

export interface LoggedModelPage {
  readonly models: readonly LoggedModel[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

/**
 * Finds logged models that are not deleted, as MLflow would.
 *
 * @throws INVALID_PARAMETER_VALUE for a filter, order, dataset, size, experiment id or token that cannot be read
 */
export function makeSearchLoggedModels({ db }: { db: Database }) {
  return async function searchLoggedModels(
    caller: Caller,
    search: LoggedModelSearch,
  ): Promise<LoggedModelPage> {
    const limit = checkMaxResults(search.maxResults || undefined, 100, 50_000)
    const filter = parseFilter(search.filter, LOGGED_MODELS)
    const terms = modelTerms(search.orderBy ?? [])
    const datasets = search.datasets ?? []
    if (datasets.some(({ datasetName }) => !datasetName)) {
      throw invalid('`dataset_name` in the `datasets` clause must be specified.')
    }
    return db.scan(async (reads) => {
      const keys = (await scopeOf(reads, caller, search.experimentIds)).map(({ key }) => key)
      const name = searchName('models', keys, search.filter ?? '', datasets, search.orderBy ?? [])
      const skip = readToken(search.pageToken, name)?.skip ?? 0
      if (keys.length === 0) return { models: [] }
      const scope = sql`l.experiment_key in (${sql.join(keys)})`
      const conditions = [
        scope,
        sql`l.lifecycle = 'active'`,
        ...modelConditions(reads, filter, datasets),
      ] as Condition[]
      const found = await page(reads, conditions, terms, limit + 1, skip)
      const next = { plan: 0, part: 0, skip: skip + limit }
      return {
        models: await load(reads, found.slice(0, limit)),
        ...(found.length > limit ? { nextPageToken: writeToken(name, next) } : {}),
      }
    })
  }
}

async function page(
  reads: Reads,
  conditions: readonly Condition[],
  terms: readonly ModelTerm[],
  limit: number,
  skip: number,
): Promise<number[]> {
  const columns = terms.map(({ column }, at) => sql`${column} as ${sql.ref(`s${at}`)}`)
  const ordering = terms.flatMap(({ nullable, descending }, at) => {
    const value = sql.ref(`s${at}`)
    const sorted = descending ? sql`${value} desc` : sql`${value} asc`
    return nullable ? [sql`case when ${value} is null then 1 else 0 end`, sorted] : [sorted]
  })
  const { rows } = await sql<{ key: number }>`select key from (
      select l.model_key as key, ${sql.join(columns)} from logged_models as l where ${all(conditions)}) as found
    order by ${sql.join(ordering)} limit ${limit} offset ${skip}`.execute(reads.tables())
  return rows.map(({ key }) => key)
}

const byKeys = statement(
  'tracking.logged-models-by-keys',
  (k: Kysely<TrackingTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('logged_models')
      .innerJoin('experiments', 'experiments.experiment_key', 'logged_models.experiment_key')
      .select(LOGGED_MODEL_COLUMNS)
      .where(words.among(sql.ref('logged_models.model_key'), p.keys)),
)

async function load(reads: Reads, keys: readonly number[]): Promise<LoggedModel[]> {
  const found = new Map((await reads.all(byKeys, { keys })).map((model) => [model.key, model]))
  return loadLoggedModels(
    reads,
    keys.flatMap((key) => found.get(key) ?? []),
  )
}
