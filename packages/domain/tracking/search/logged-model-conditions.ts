import { type Clause, type Filter, isNullTest, isNumberTest } from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { type SqlBool, sql } from 'kysely'
import { type Condition, exists, metricCondition, textCondition, wholeCondition } from './conditions.ts'

/** A dataset on which metrics are looked at; any digest if none is given. */
export interface DatasetFilter {
  readonly datasetName: string
  readonly datasetDigest?: string | undefined
}

const COLUMNS: Record<string, string> = {
  creation_timestamp: 'l.created_at',
  last_updated_timestamp: 'l.updated_at',
}

/**
 * A filter as conditions on `logged_models as l`. A metric fits when any of its values does, on any of the datasets
 * if there are some; datasets without a metric in the filter ask for any value at all on one of them.
 */
export function modelConditions(
  reads: Reads,
  filter: Filter,
  datasets: readonly DatasetFilter[],
): Condition[] {
  const on = datasets.length > 0 ? sql` and (${sql.join(datasets.map(onDataset), sql` or `)})` : sql``
  const conditions = filter.map((clause) => {
    if (clause.entity !== 'metric') return modelCondition(reads, clause)
    return exists(sql`select 1 from logged_model_metrics as m where m.model_key = l.model_key
      and m.key = ${clause.name} and ${metricCondition('m', clause)}${on}`)
  })
  if (datasets.length === 0 || filter.some(({ entity }) => entity === 'metric')) return conditions
  return [
    ...conditions,
    exists(sql`select 1 from logged_model_metrics as m where m.model_key = l.model_key${on}`),
  ]
}

function onDataset({ datasetName, datasetDigest }: DatasetFilter): Condition {
  if (!datasetDigest) return sql<SqlBool>`m.dataset_name = ${datasetName}`
  return sql<SqlBool>`(m.dataset_name = ${datasetName} and m.dataset_digest = ${datasetDigest})`
}

function modelCondition(reads: Reads, clause: Clause): Condition {
  if (clause.entity === 'attribute') {
    if (isNumberTest(clause)) return wholeCondition(sql.ref(COLUMNS[clause.name]!), clause)
    const column =
      clause.name === 'experiment_id'
        ? sql`(select e.experiment_id from experiments as e where e.experiment_key = l.experiment_key)`
        : sql.ref(`l.${clause.name}`)
    return textCondition(reads, column, clause)
  }
  if (clause.entity !== 'param' && clause.entity !== 'tag') throw new Error(`models have no ${clause.entity}`)
  const table = clause.entity === 'param' ? 'logged_model_params' : 'logged_model_tags'
  const entry = sql`select 1 from ${sql.table(table)} as e where e.model_key = l.model_key and e.key = ${clause.name}`
  if (isNullTest(clause)) return exists(entry, clause.op === 'IS NOT NULL')
  return exists(sql`${entry} and ${textCondition(reads, sql.ref('e.value'), clause)}`)
}
