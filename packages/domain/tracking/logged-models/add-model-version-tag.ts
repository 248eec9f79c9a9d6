import type { Caller } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { findLoggedModel } from './find-logged-model.ts'
import { asRecord, modelTags } from './logged-model-rows.ts'

/** Names the versions that were registered of a logged model: a JSON list of `{"name": …, "version": …}`. */
const MODEL_VERSIONS_TAG = 'mlflow.modelVersions'

const lockByKey = statement(
  'tracking.lock-logged-model',
  (k: Kysely<TrackingTables>, p: { model: number }, words) =>
    words.lockRows(k.selectFrom('logged_models').select('model_key as key').where('model_key', '=', p.model)),
)

const tagOf = statement(
  'tracking.logged-model-tag',
  (k: Kysely<TrackingTables>, p: { model: number; key: string }) =>
    k
      .selectFrom('logged_model_tags')
      .select('value')
      .where('model_key', '=', p.model)
      .where('key', '=', p.key),
)

export interface RegisteredAs {
  readonly modelId: string
  readonly name: string
  readonly version: number
}

/**
 * Adds a version to the logged model's tag `mlflow.modelVersions`, in the transaction of the registration. A value
 * that is no list gives way to a new one. MLflow drops the other entries where the same is there already; here it
 * stays as it is.
 *
 * Throws RESOURCE_DOES_NOT_EXIST for a logged model that is not there.
 */
export function makeAddModelVersionTag({ emit }: Pick<TrackingDeps, 'emit'>) {
  return async function addModelVersionTag(tx: Tx, caller: Caller, input: RegisteredAs): Promise<void> {
    const model = await findLoggedModel(tx, caller, input.modelId)
    if (tx.words.locksRows) await tx.first(lockByKey, { model: model.key })
    const before = await tx.first(tagOf, { model: model.key, key: MODEL_VERSIONS_TAG })
    const value = added(before?.value, input)
    if (value === undefined) return
    await tx.bulk(modelTags, [[model.key, MODEL_VERSIONS_TAG, value]])
    await emit(tx, caller, {
      type: 'logged-model.tags-set',
      subject: `logged-models/${input.modelId}`,
      on: model.experimentKey,
      after: { tags: asRecord([{ key: MODEL_VERSIONS_TAG, value }]) },
    })
  }
}

/** The list with one entry more, the others letter by letter as they were; undefined if it is there already. */
function added(value: string | undefined, { name, version }: RegisteredAs): string | undefined {
  const entry = `{"name": ${asciiJson(name)}, "version": ${version}}`
  const list = value === undefined ? undefined : parseList(value)
  if (value === undefined || list === undefined || list.length === 0) return `[${entry}]`
  if (list.some((other) => isEntry(other, name, version))) return undefined
  return `${value.slice(0, value.lastIndexOf(']'))}, ${entry}]`
}

function isEntry(entry: unknown, name: string, version: number): boolean {
  if (typeof entry !== 'object' || entry === null || Object.keys(entry).length !== 2) return false
  return 'name' in entry && entry.name === name && 'version' in entry && entry.version === version
}

function parseList(value: string): unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(value)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

/** As Python's `json.dumps` writes a text: everything beyond ASCII escaped. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
