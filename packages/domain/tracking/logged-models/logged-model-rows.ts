import { Problem } from '@orrery/base/kernel'
import type { BulkInsert } from '@orrery/drivers/db'
import { checkCount, checkLength } from '../entries.ts'
import type { KeyValue } from '../runs/run.ts'

/**
 * Lengths in Unicode characters. MLflow checks none of them itself; these are the widths of its columns, which its
 * SQLite does not enforce and its other databases answer with a database error.
 */
export const MODEL_LIMITS = { name: 500, modelType: 500, sourceRunId: 256, key: 255 } as const

export const newModelParams: BulkInsert = {
  table: 'logged_model_params',
  columns: { model_key: 'int', key: 'text', value: 'text' },
  key: ['model_key', 'key'],
  onClash: 'ignore',
}

export const modelTags: BulkInsert = {
  table: 'logged_model_tags',
  columns: { model_key: 'int', key: 'text', value: 'text' },
  key: ['model_key', 'key'],
  onClash: 'replace',
}

/** Any key goes, also an empty one: MLflow's rules for the names of params and tags are for runs only. */
export function checkModelKeys(entries: readonly KeyValue[], field: string): void {
  checkCount(entries, field)
  for (const [at, { key }] of entries.entries()) checkLength(key, MODEL_LIMITS.key, `${field}[${at}].key`)
}

/** MLflow lets its database refuse a repeated key; the code is the one that this gives. */
export function checkDistinctKeys(entries: readonly KeyValue[], field: string): void {
  const keys = new Set<string>()
  for (const { key } of entries) {
    if (keys.has(key)) {
      throw new Problem('BAD_REQUEST', `The key '${key}' stands in '${field}' more than once.`, {
        hint: 'Give each key once.',
      })
    }
    keys.add(key)
  }
}

const MOST_IN_EVENT = 1_000

/** As events tell them: long values are cut, because an event is read by many and kept for long. */
export const asRecord = (entries: readonly KeyValue[]): Record<string, string> =>
  Object.fromEntries(entries.map(({ key, value }) => [key, value.slice(0, MOST_IN_EVENT).toWellFormed()]))

/** About how much memory a call with these entries takes while it waits; values have no limit of their own. */
export function bytesOf(...lists: (readonly KeyValue[])[]): number {
  return lists.flat().reduce((bytes, { key, value }) => bytes + key.length + value.length, 1024)
}
