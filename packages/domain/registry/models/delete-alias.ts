import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { checkAlias, checkModelName } from '../names.ts'
import type { Models } from '../registry.ts'
import { modelSubject, type RegistryEvent, versionSubjects } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { takeModel } from './find-model.ts'
import { aliasTarget } from './model-rows.ts'

const drop = statement(
  'registry.drop-alias',
  (k: Kysely<RegistryTables>, p: { model: number; alias: string }) =>
    k.deleteFrom('model_aliases').where('model_key', '=', p.model).where('alias', '=', p.alias),
)

export function makeDeleteAlias({ db, emit, policy }: RegistryDeps): Models['deleteAlias'] {
  return async function deleteAlias(caller, { name, alias }) {
    checkModelName(name)
    checkAlias(alias)
    await db.inTx(async (tx) => {
      const model = await takeModel(tx, caller, name, 'model.write')
      const before = await tx.first(aliasTarget, { model: model.key, alias })
      if (before === undefined) return
      const from = before.version
      await policy?.ask(tx, caller, { kind: 'alias', modelKey: model.key, name, alias, from, to: null })
      await tx.run(drop, { model: model.key, alias })
      await emit(tx, caller, {
        type: 'alias.removed',
        subject: modelSubject(name),
        on: model.key,
        also: versionSubjects(name, [from]),
        before: { alias, version: from, kind: model.kind },
        after: undefined,
      } satisfies RegistryEvent)
    })
  }
}
