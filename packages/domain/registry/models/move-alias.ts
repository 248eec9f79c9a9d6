import { type Approval, type Caller, type Change, invalid } from '@orrery/base/kernel'
import { type BulkInsert, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import { modelSubject, type RegistryEvent, versionSubjects } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import type { FoundModel } from './find-model.ts'
import { aliasTarget } from './model-rows.ts'

const aliasRows: BulkInsert = {
  table: 'model_aliases',
  columns: { model_key: 'int', alias: 'text', version: 'int' },
  key: ['model_key', 'alias'],
  onClash: 'replace',
}

const countAliases = statement('registry.count-aliases', (k: Kysely<RegistryTables>, p: { model: number }) =>
  k
    .selectFrom('model_aliases')
    .select((e) => e.fn.countAll<number>().as('aliases'))
    .where('model_key', '=', p.model),
)

/** An alias that is to point at a version. */
export type AliasSetting = Extract<Change, { kind: 'alias' }> & { readonly to: number }

/**
 * What setting an alias would change, of a model that is this transaction's. Throws INVALID_PARAMETER_VALUE where the model
 * has no room for a new one.
 */
export async function planAlias(
  tx: Tx,
  { key, name }: FoundModel,
  alias: string,
  to: number,
): Promise<AliasSetting> {
  const before = await tx.first(aliasTarget, { model: key, alias })
  if (before === undefined) await checkRoom(tx, key, name)
  return { kind: 'alias', modelKey: key, name, alias, from: before?.version ?? null, to }
}

/** Points an alias at a version, and tells it. */
export async function writeAlias(
  { emit }: Pick<RegistryDeps, 'emit'>,
  tx: Tx,
  caller: Caller,
  { kind }: Pick<FoundModel, 'kind'>,
  { modelKey, name, alias, from, to }: AliasSetting,
  approval?: Approval,
): Promise<void> {
  await tx.bulk(aliasRows, [[modelKey, alias, to]])
  await emit(tx, caller, {
    type: 'alias.set',
    subject: modelSubject(name),
    on: modelKey,
    also: versionSubjects(name, from === null ? [to] : [from, to]),
    before: { alias, version: from },
    after: { alias, version: to, kind, ...(approval === undefined ? {} : { approval }) },
  } satisfies RegistryEvent)
}

async function checkRoom(tx: Tx, model: number, name: string): Promise<void> {
  const counted = await tx.first(countAliases, { model })
  if (Number(counted?.aliases ?? 0) < LIMITS.aliases) return
  throw invalid(
    `Registered Model (name=${name}) has ${LIMITS.aliases} aliases; more are not allowed.`,
    'Delete one that is not needed, or keep such facts in tags of the versions.',
  )
}
