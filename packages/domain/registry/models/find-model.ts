import { type Caller, missing, must, readableHas } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { checkModelName } from '../names.ts'
import type { ModelKind } from '../registered-model.ts'
import type { RegistryTables } from '../registry-tables.ts'

/** A model's row, found for a verb. */
export interface FoundModel {
  readonly key: number
  readonly name: string
  readonly kind: ModelKind
  readonly description: string | null
  /** The highest number that was ever given; 0 before the first. */
  readonly lastVersion: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** The columns of a `FoundModel`, from `registered_models`. */
export const MODEL_COLUMNS = [
  'registered_models.model_key as key',
  'registered_models.name as name',
  'registered_models.kind as kind',
  'registered_models.description as description',
  'registered_models.last_version as lastVersion',
  'registered_models.created_at as createdAt',
  'registered_models.updated_at as updatedAt',
] as const

interface ByName {
  readonly workspace: number
  readonly name: string
}

const selectByName = (k: Kysely<RegistryTables>, p: ByName) =>
  k
    .selectFrom('registered_models')
    .select(MODEL_COLUMNS)
    .where('workspace_key', '=', p.workspace)
    .where('name', '=', p.name)

const byName = statement('registry.model-by-name', selectByName)
const lockByName = statement('registry.lock-model', (k: Kysely<RegistryTables>, p: ByName, words) =>
  words.lockRows(selectByName(k, p)),
)

/**
 * The model of that name. Throws RESOURCE_DOES_NOT_EXIST, also for one that the caller may not read, and
 * INVALID_PARAMETER_VALUE for a name that no model can have.
 */
export async function findModel(reads: Reads, caller: Caller, name: string): Promise<FoundModel> {
  checkModelName(name)
  return seen(caller, name, await reads.first(byName, { workspace: caller.workspace.key, name }))
}

/**
 * As `findModel`, for callers who may do that to it; the model's row is this transaction's until it ends. Whatever
 * writes a model or one of its versions takes it first, so that two servers give no number twice and set no alias to a
 * version that is being deleted.
 *
 * @throws as `findModel`, and PERMISSION_DENIED
 */
export async function takeModel(
  tx: Tx,
  caller: Caller,
  name: string,
  permission: ToModel,
): Promise<FoundModel> {
  checkModelName(name)
  const model = seen(caller, name, await tx.first(lockByName, { workspace: caller.workspace.key, name }))
  must(caller, permission, model.key)
  return model
}

/** What verbs do to a model or its versions. */
export type ToModel = 'model.read' | 'model.write' | 'model.delete'

function seen(caller: Caller, name: string, row: FoundModel | undefined): FoundModel {
  if (row !== undefined && readableHas(caller.readable('model'), row.key)) return row
  throw missing(`Registered Model with name=${name} not found`)
}
