import type { Approval, Caller, Change } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { modelSubject, type RegistryEvent, versionSubjects } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import type { FoundModel } from './find-model.ts'
import { aliasTarget } from './model-rows.ts'

const drop = statement(
  'registry.drop-alias',
  (k: Kysely<RegistryTables>, p: { model: number; alias: string }) =>
    k.deleteFrom('model_aliases').where('model_key', '=', p.model).where('alias', '=', p.alias),
)

/** An alias that is to go. */
export type AliasRemoval = Extract<Change, { kind: 'alias' }> & { readonly from: number; readonly to: null }

/** What deleting an alias would change, of a model that is this transaction's; undefined where it has no such alias. */
export async function planRemoval(
  tx: Tx,
  { key, name }: FoundModel,
  alias: string,
): Promise<AliasRemoval | undefined> {
  const before = await tx.first(aliasTarget, { model: key, alias })
  if (before === undefined) return undefined
  return { kind: 'alias', modelKey: key, name, alias, from: before.version, to: null }
}

/** Deletes an alias, and tells it. */
export async function dropAlias(
  { emit }: Pick<RegistryDeps, 'emit'>,
  tx: Tx,
  caller: Caller,
  { kind }: Pick<FoundModel, 'kind'>,
  { modelKey, name, alias, from }: AliasRemoval,
  approval?: Approval,
): Promise<void> {
  await tx.run(drop, { model: modelKey, alias })
  await emit(tx, caller, {
    type: 'alias.removed',
    subject: modelSubject(name),
    on: modelKey,
    also: versionSubjects(name, [from]),
    before: { alias, version: from, kind },
    after: approval === undefined ? undefined : { approval },
  } satisfies RegistryEvent)
}
