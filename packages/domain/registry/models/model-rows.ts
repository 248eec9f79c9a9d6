import { type BulkInsert, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { ModelKind } from '../registered-model.ts'
import type { RegistryTables } from '../registry-tables.ts'

/** Says that something happened to a model which MLflow counts as an update: not tags, not aliases. */
export const touchModel = statement(
  'registry.touch-model',
  (k: Kysely<RegistryTables>, p: { model: number; now: number }) =>
    k.updateTable('registered_models').set({ updated_at: p.now }).where('model_key', '=', p.model),
)

export const setKind = statement(
  'registry.set-model-kind',
  (k: Kysely<RegistryTables>, p: { model: number; kind: ModelKind }) =>
    k.updateTable('registered_models').set({ kind: p.kind }).where('model_key', '=', p.model),
)

export const modelTag = statement(
  'registry.model-tag',
  (k: Kysely<RegistryTables>, p: { model: number; key: string }) =>
    k
      .selectFrom('registered_model_tags')
      .select('value')
      .where('model_key', '=', p.model)
      .where('key', '=', p.key),
)

export const modelTagRows: BulkInsert = {
  table: 'registered_model_tags',
  columns: { model_key: 'int', key: 'text', value: 'text' },
  key: ['model_key', 'key'],
  onClash: 'replace',
}

export const aliasTarget = statement(
  'registry.alias-target',
  (k: Kysely<RegistryTables>, p: { model: number; alias: string }) =>
    k
      .selectFrom('model_aliases')
      .select('version')
      .where('model_key', '=', p.model)
      .where('alias', '=', p.alias),
)
