import { LOGGED_MODELS } from '@orrery/base/filter'
import { invalid } from '@orrery/base/kernel'
import { type Expression, sql } from 'kysely'

/** One entry of a logged model search's `order_by`. */
export interface LoggedModelOrder {
  /** An attribute, or `metrics.<name>`, which is taken as it is, without quotes. */
  readonly fieldName: string
  /** @default true */
  readonly ascending?: boolean | undefined
  /** Sorts by the metric's values on this dataset only. */
  readonly datasetName?: string | undefined
  readonly datasetDigest?: string | undefined
}

/** A column to sort by; rows where it is NULL come last in both directions. */
export interface ModelTerm {
  readonly column: Expression<unknown>
  readonly nullable: boolean
  readonly descending: boolean
}

const COLUMNS: Record<string, Expression<unknown>> = {
  name: sql.ref('l.name'),
  model_id: sql.ref('l.model_id'),
  model_type: sql.ref('l.model_type'),
  source_run_id: sql.ref('l.source_run_id'),
  experiment_id: sql.ref('l.experiment_key'),
  creation_timestamp: sql.ref('l.created_at'),
  last_updated_timestamp: sql.ref('l.updated_at'),
  // In the order in which a model passes through them, as MLflow numbers them.
  status: sql`case l.status when 'UNSPECIFIED' then 0 when 'PENDING' then 1 when 'READY' then 2 else 3 end`,
}

const MOST_ENTRIES = 50

/**
 * The terms of an order, ending with the newest first and then the id.
 *
 * @throws INVALID_PARAMETER_VALUE for a field that cannot be sorted by
 */
export function modelTerms(order: readonly LoggedModelOrder[]): ModelTerm[] {
  if (order.length > MOST_ENTRIES) {
    throw invalid(`Invalid order_by: it has ${order.length} entries, at most ${MOST_ENTRIES} are allowed.`)
  }
  const names = new Set<string>()
  const terms = order.map((entry): ModelTerm => {
    const descending = entry.ascending === false
    const dot = entry.fieldName.indexOf('.')
    if (dot >= 0) return { column: latestValue(entry, dot), nullable: true, descending }
    const name = attributeOf(entry.fieldName)
    names.add(name)
    return { column: COLUMNS[name]!, nullable: false, descending }
  })
  const end = [
    { name: 'creation_timestamp', descending: true },
    { name: 'model_id', descending: false },
  ].filter(({ name }) => !names.has(name))
  return [
    ...terms,
    ...end.map(({ name, descending }) => ({ column: COLUMNS[name]!, nullable: false, descending })),
  ]
}

function attributeOf(fieldName: string): string {
  const attributes = LOGGED_MODELS.closed.attribute!
  const field = Object.hasOwn(attributes, fieldName) ? attributes[fieldName] : undefined
  if (field !== undefined) return field.name ?? fieldName
  throw invalid(
    `Invalid order by field name: ${fieldName}`,
    `Allowed: metrics.<name>, ${Object.keys(attributes).join(', ')}.`,
  )
}

/** The model's newest value of the metric, on one dataset if it is named; NULL without one, and for NaN. */
function latestValue(entry: LoggedModelOrder, dot: number): Expression<unknown> {
  const { fieldName, datasetName, datasetDigest } = entry
  if (fieldName.slice(0, dot) !== 'metrics') {
    throw invalid(`Invalid order by field name: ${fieldName}. Only metrics are supported.`)
  }
  if (fieldName.includes('\0')) throw invalid('Invalid order by field name: it holds a NUL character.')
  const on = datasetName ? sql` and m.dataset_name = ${datasetName}` : sql``
  const digest = datasetDigest ? sql` and m.dataset_digest = ${datasetDigest}` : sql``
  return sql`(select case when m.nan = 1 then null else m.value end from logged_model_metrics as m
    where m.model_key = l.model_key and m.key = ${fieldName.slice(dot + 1)}${on}${digest}
    order by m.timestamp desc, m.step desc, m.run_id asc, m.dataset_name asc, m.dataset_digest asc, m.value desc
    limit 1)`
}
