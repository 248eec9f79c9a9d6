import {
  type AttributeClause,
  type Clause,
  type DatasetClause,
  type Filter,
  isNullTest,
  isNumberTest,
  type NullTest,
  type TextTest,
} from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { type Expression, type SqlBool, sql } from 'kysely'
import { RUN_NAME_TAG } from '../runs/run-rows.ts'
import { type Condition, exists, metricCondition, textCondition, wholeCondition } from './conditions.ts'
import type { ScopedExperiment } from './experiment-scope.ts'
import type { ViewType } from './view-type.ts'

/** The tag of a dataset input that says what it was used for. */
export const DATASET_CONTEXT_TAG = 'mlflow.data.context'

/**
 * A clause as a condition on `runs as r`. Conditions on what belongs to a run are EXISTS: as with MLflow's inner
 * joins, a run without the metric, param or tag never fits, not even `!=`.
 *
 * @param runKey another column with the run's key: of the table that is read first, so that a run that does not fit
 *   is not looked up at all
 */
export function runCondition(reads: Reads, clause: Clause, runKey = 'r.run_key'): Condition {
  const run = sql.ref(runKey)
  switch (clause.entity) {
    case 'attribute':
      return attributeCondition(reads, clause, run)
    case 'metric':
      return exists(sql`select 1 from latest as m where m.run_key = ${run} and m.key = ${clause.name}
        and ${metricCondition('m', clause)}`)
    case 'param':
      return entryCondition(reads, 'run_params', clause.name, clause, run)
    case 'tag':
      return entryCondition(reads, 'run_tags', clause.name, clause, run)
    case 'dataset':
      return datasetCondition(reads, clause, run)
  }
}

type Run = Expression<unknown>

/** The name is asked of the tag that holds it, as in MLflow: without the tag a run has no name to find it by. */
function attributeCondition(reads: Reads, clause: AttributeClause, run: Run): Condition {
  const column = sql.ref(`r.${clause.name}`)
  if (isNumberTest(clause)) return wholeCondition(column, clause)
  if (clause.name === 'run_name') return entryCondition(reads, 'run_tags', RUN_NAME_TAG, clause, run)
  return textCondition(reads, column, clause)
}

function entryCondition(
  reads: Reads,
  table: 'run_params' | 'run_tags',
  name: string,
  test: TextTest | NullTest,
  run: Run,
): Condition {
  const entry = sql`select 1 from ${sql.table(table)} as e where e.run_key = ${run} and e.key = ${name}`
  if (isNullTest(test)) return exists(entry, test.op === 'IS NOT NULL')
  return exists(sql`${entry} and ${textCondition(reads, sql.ref('e.value'), test)}`)
}

function datasetCondition(reads: Reads, clause: DatasetClause, run: Run): Condition {
  if (clause.name === 'context') {
    return exists(sql`select 1 from run_dataset_tags as t where t.run_key = ${run}
      and t.key = ${DATASET_CONTEXT_TAG} and ${textCondition(reads, sql.ref('t.value'), clause)}`)
  }
  return exists(sql`select 1 from run_datasets as i join datasets as s on s.dataset_key = i.dataset_key
    where i.run_key = ${run} and ${textCondition(reads, sql.ref(`s.${clause.name}`), clause)}`)
}

/**
 * Which of the runs a view shows. A run is deleted while its experiment is, or while it carries the experiment's
 * present epoch; the epoch is only looked up for runs that carry one.
 */
export function viewConditions(view: ViewType, scope: readonly ScopedExperiment[]): Condition[] {
  if (view === 'ALL') return []
  const marked = sql<SqlBool>`r.deleted_epoch = (select e.epoch from experiments as e
    where e.experiment_key = r.experiment_key)`
  const gone = scope.filter((experiment) => experiment.lifecycle === 'deleted').map(({ key }) => key)
  if (view === 'ACTIVE_ONLY') {
    const active = sql<SqlBool>`(r.deleted_epoch is null or not ${marked})`
    return gone.length > 0 ? [sql`r.experiment_key not in (${sql.join(gone)})`, active] : [active]
  }
  return gone.length > 0 ? [sql`(r.experiment_key in (${sql.join(gone)}) or ${marked})`] : [marked]
}

/** Ids are unique in a workspace: naming it lets runs that are asked for by id be found by the index of ids. */
export function idConditions(filter: Filter, workspaceKey: number): Condition[] {
  const byId = filter.some(
    ({ entity, name, op }) => entity === 'attribute' && name === 'run_id' && (op === '=' || op === 'IN'),
  )
  return byId ? [sql`r.workspace_key = ${workspaceKey}`] : []
}
