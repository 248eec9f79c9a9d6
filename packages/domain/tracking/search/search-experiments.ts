import {
  type Clause,
  EXPERIMENTS,
  isNullTest,
  isNumberTest,
  type OrderKey,
  parseFilter,
  parseOrderBy,
  type TextTest,
} from '@orrery/base/filter'
import type { Caller } from '@orrery/base/kernel'
import { type Database, type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Experiment } from '../experiments/experiment.ts'
import { parseExperimentId } from '../experiments/find-experiment.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { all, type Condition, exists, textCondition, wholeCondition } from './conditions.ts'
import { readableAmong } from './experiment-scope.ts'
import { checkMaxResults } from './max-results.ts'
import { readToken, searchName, writeToken } from './page-token.ts'
import type { ViewType } from './view-type.ts'

export interface ExperimentSearch {
  readonly filter?: string | undefined
  /** @default 'ACTIVE_ONLY' */
  readonly viewType?: ViewType | undefined
  /** 1 to 50,000. @default 1000 */
  readonly maxResults?: number | undefined
  /** Newest first unless given. */
  readonly orderBy?: readonly string[] | undefined
  readonly pageToken?: string | undefined
}

export interface ExperimentPage {
  readonly experiments: readonly Experiment[]
  /** Absent on the last page. */
  readonly nextPageToken?: string
}

/**
 * Finds experiments of the caller's workspace by filter and order, as MLflow would.
 *
 * @throws INVALID_PARAMETER_VALUE for a filter, order, size or token that cannot be read
 */
export function makeSearchExperiments({ db }: { db: Database }) {
  return async function searchExperiments(caller: Caller, search: ExperimentSearch): Promise<ExperimentPage> {
    const limit = checkMaxResults(search.maxResults, 1_000, 50_000)
    const filter = parseFilter(search.filter, EXPERIMENTS)
    const order = orderOf(parseOrderBy(search.orderBy ?? [], EXPERIMENTS))
    const view = search.viewType ?? 'ACTIVE_ONLY'
    const name = searchName('experiments', caller.workspace.key, search.filter ?? '', order, view)
    const skip = readToken(search.pageToken, name)?.skip ?? 0
    return db.scan(async (reads) => {
      const conditions = [
        ...visible(reads, caller, view),
        ...filter.map((clause) => experimentCondition(reads, clause)),
      ]
      const found = await page(reads, conditions, order, limit + 1, skip)
      const next = { plan: 0, part: 0, skip: skip + limit }
      return {
        experiments: await withTags(reads, found.slice(0, limit)),
        ...(found.length > limit ? { nextPageToken: writeToken(name, next) } : {}),
      }
    })
  }
}

function visible(reads: Reads, caller: Caller, view: ViewType): Condition[] {
  const readable = readableAmong(reads, 'e.experiment_key', caller.readable('experiment'))
  const lifecycle = view === 'DELETED_ONLY' ? 'deleted' : 'active'
  return [
    sql`e.workspace_key = ${caller.workspace.key}`,
    ...(view === 'ALL' ? [] : [sql<SqlBool>`e.lifecycle = ${lifecycle}`]),
    ...(readable === undefined ? [] : [readable]),
  ]
}

const byId = (descending: boolean): OrderKey => ({ entity: 'attribute', name: 'experiment_id', descending })
const newest: OrderKey = { entity: 'attribute', name: 'creation_time', descending: true }

/** Equals stand newest first under an order that was asked for, and oldest first under the usual one: MLflow's way. */
function orderOf(given: OrderKey[]): OrderKey[] {
  if (given.length === 0) return [newest, byId(false)]
  return given.some(({ name }) => name === 'experiment_id') ? given : [...given, byId(true)]
}

/** Ids are given in the order of keys, and compare as numbers when they are sorted. */
const SORTED_BY: Record<string, string> = {
  name: 'e.name',
  experiment_id: 'e.experiment_key',
  creation_time: 'e.created_at',
  last_update_time: 'e.updated_at',
}

function experimentCondition(reads: Reads, clause: Clause): Condition {
  if (clause.entity === 'attribute') {
    if (isNumberTest(clause)) return wholeCondition(sql.ref(SORTED_BY[clause.name]!), clause)
    const test = clause.name === 'experiment_id' ? withIds(clause) : clause
    return textCondition(reads, sql.ref(`e.${clause.name}`), test)
  }
  if (clause.entity !== 'tag') throw new Error(`experiments have no ${clause.entity}`)
  const tag = sql`select 1 from experiment_tags as t
    where t.experiment_key = e.experiment_key and t.key = ${clause.name}`
  if (isNullTest(clause)) return exists(tag, clause.op === 'IS NOT NULL')
  return exists(sql`${tag} and ${textCondition(reads, sql.ref('t.value'), clause)}`)
}

function withIds(test: TextTest): TextTest {
  if ('values' in test) return { op: test.op, values: test.values.map(parseExperimentId) }
  return { op: test.op, value: parseExperimentId(test.value) }
}

type Row = Omit<Experiment, 'tags'> & { key: number }

async function page(
  reads: Reads,
  conditions: readonly Condition[],
  order: readonly OrderKey[],
  limit: number,
  skip: number,
): Promise<Row[]> {
  const ordering = order.map(({ name, descending }) =>
    descending ? sql`${sql.ref(SORTED_BY[name]!)} desc` : sql`${sql.ref(SORTED_BY[name]!)} asc`,
  )
  const { rows } = await sql<Row>`select e.experiment_key as key, e.experiment_id as "experimentId", e.name,
      e.artifact_location as "artifactLocation", e.lifecycle, e.created_at as "createdAt", e.updated_at as "updatedAt"
    from experiments as e where ${all(conditions)} order by ${sql.join(ordering)}
    limit ${limit} offset ${skip}`.execute(reads.tables())
  return rows
}

const tagsOf = statement(
  'tracking.experiments-tags',
  (k: Kysely<TrackingTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('experiment_tags')
      .select(['experiment_key as experiment', 'key', 'value'])
      .where(words.among(sql.ref('experiment_key'), p.keys))
      .orderBy('experiment_key')
      .orderBy('key'),
)

async function withTags(reads: Reads, rows: readonly Row[]): Promise<Experiment[]> {
  if (rows.length === 0) return []
  const tags = await reads.all(tagsOf, { keys: rows.map(({ key }) => key) })
  const of = Map.groupBy(tags, (tag) => tag.experiment)
  return rows.map(({ key, ...experiment }) => ({
    ...experiment,
    tags: (of.get(key) ?? []).map((tag) => ({ key: tag.key, value: tag.value })),
  }))
}
