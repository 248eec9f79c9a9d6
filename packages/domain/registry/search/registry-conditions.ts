import { type Clause, type Filter, isNullTest, isNumberTest, type TextTest } from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { sql } from 'kysely'
import { type Condition, exists, textCondition, wholeCondition } from '../../tracking/index.ts'

/** Where the tags of what is searched are, and the column that they share with it. */
export interface TagTable {
  readonly table: 'registered_model_tags' | 'version_tags'
  readonly key: 'model_key' | 'version_key'
  /** `key` of what is searched, by its alias in the question. */
  readonly of: 'm.model_key' | 'v.version_key'
}

export const MODEL_TAGS: TagTable = { table: 'registered_model_tags', key: 'model_key', of: 'm.model_key' }
export const VERSION_TAGS: TagTable = { table: 'version_tags', key: 'version_key', of: 'v.version_key' }

const COLUMNS: Readonly<Record<string, string>> = {
  name: 'm.name',
  version_number: 'v.version',
  run_id: 'v.run_id',
  source_path: 'v.source',
}

/** A filter's clauses on `registered_models as m` and, where versions are searched, `model_versions as v`. */
export const conditionsOf = (reads: Reads, filter: Filter, tags: TagTable): Condition[] =>
  filter.map((clause) => conditionOf(reads, clause, tags))

/**
 * As in MLflow, what lacks the tag never fits, not even `!=`. The offset of nothing makes PostgreSQL look the tag up row
 * by row: without it, it makes a hash of all tags that there are, 80 ms of 600,000.
 */
function conditionOf(reads: Reads, clause: Clause, tags: TagTable): Condition {
  if (clause.entity !== 'attribute') {
    return exists(sql`select 1 from ${sql.table(tags.table)} as e
      where e.${sql.ref(tags.key)} = ${sql.ref(tags.of)} and e.key = ${clause.name}
        and ${textCondition(reads, sql.ref('e.value'), testOf(clause))} limit 1 offset 0`)
  }
  const column = sql.ref(COLUMNS[clause.name]!)
  return isNumberTest(clause) ? wholeCondition(column, clause) : textCondition(reads, column, clause)
}

/** The test of a clause on a tag. The registry's vocabularies have no other entities, and no IS NULL. */
export function testOf(clause: Clause): TextTest {
  if (clause.entity === 'tag' && !isNullTest(clause)) return clause
  throw new Error(`the registry has no ${clause.entity} ${clause.op}`)
}
