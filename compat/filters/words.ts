import type { Choices } from './random.ts'

/* The keys, texts, numbers and times of which the corpus is made, and after which questions ask. */

/** JSON has no NaN and no infinities, so these travel as words. */
export type Value = number | 'NaN' | 'Infinity' | '-Infinity'
export type Entries = Record<string, string>

export const METRIC_KEYS = ['acc', 'loss', 'val/loss', 'a b', 'f1.macro', '中文', 'm-1', 'in', '5', 'x::y']
export const PARAM_KEYS = ['lr', 'opt', 'model.name', 'p q', 'as', 'n-1']
export const TAG_KEYS = ['team', 'mlflow.user', 'mlflow.source.name', 'a/b', 'notes', 'case']
export const VALUES: readonly Value[] = [
  ...[0, -0.5, 0.5, 0.5, 1, 1, 2, 1e-5, 100, 1e10, 0.1, 0.30000000000000004, -1],
  ...(['NaN', 'NaN', 'Infinity', '-Infinity'] as const),
]
export const TEXTS = [
  ...['0.1', '0.01', 'adam', 'Adam', 'SGD', 'sgd', '', "it's", 'a"b', '100%', '1000', 'a_b', 'axb'],
  ...['naïve', 'ÄPFEL', 'äpfel', 'back\\slash', 'new\nline', '😀', 'x'.repeat(600), 'AND', 'FINISHED', ' '],
]
export const RUN_NAMES = ['quiet-owl-1', 'Quiet-Owl-1', 'loud fox', 'x', 'ünïcode', "it's a run"]
export const USERS = ['ann', 'bob', '']
export const STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']
export const DATASETS = [
  { name: 'wine', digest: 'd1' },
  { name: 'wine', digest: 'd2' },
  { name: 'Iris set', digest: 'abc' },
  { name: 'a_b', digest: '%' },
]
export const CONTEXTS = ['training', 'eval', 'Training']
export const MODEL_NAMES = ['net', 'Net', 'big model', 'n_t']
export const MODEL_TYPES = ['agent', 'tree', '']
/** Few times, so that many things happened at once. */
export const TIMES = [0, 1_000, 1_700_000_000_000, 1_700_000_000_001, 1_700_000_060_000, 1_700_000_060_001]

export function entries(choices: Choices, keys: readonly string[], probability: number): Entries {
  return Object.fromEntries(choices.some(keys, probability).map((key) => [key, choices.one(TEXTS)]))
}
