export { MAX_CLAUSES, MAX_FILTER_LENGTH, parseFilter } from './parse-filter.ts'
export { parseOrderBy, refuseTwice } from './parse-order-by.ts'
export { printFilter } from './print-filter.ts'
export type {
  Clause,
  Comparator,
  Entity,
  Filter,
  Like,
  Listed,
  Nullness,
  Op,
  OrderKey,
  Subject,
} from './tree.ts'
export { EXPERIMENTS, type Field, LOGGED_MODELS, RUNS, type Vocabulary } from './vocabulary.ts'
