export { MAX_CLAUSES, MAX_FILTER_LENGTH, parseFilter } from './parse-filter.ts'
export { parseOrderBy, refuseTwice } from './parse-order-by.ts'
export { printFilter } from './print-filter.ts'
export { splitPrompts } from './split-prompts.ts'
export {
  type AttributeClause,
  type Clause,
  type Comparator,
  type DatasetClause,
  type Entity,
  type EntryClause,
  type Filter,
  isNullTest,
  isNumberTest,
  type Like,
  type Listed,
  type MetricClause,
  type Nullness,
  type NullTest,
  type NumberTest,
  type Op,
  type OrderKey,
  type Subject,
  type TextTest,
} from './tree.ts'
export {
  EXPERIMENTS,
  type Field,
  LOGGED_MODELS,
  MODEL_VERSIONS,
  REGISTERED_MODELS,
  RUNS,
  type Vocabulary,
} from './vocabulary.ts'
