import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { checkModelName, checkTagKey } from '../names.ts'
import { IS_PROMPT_TAG, kindOf } from '../registered-model.ts'
import type { Models } from '../registry.ts'
import { modelSubject, type RegistryEvent, toldTags } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { takeModel } from './find-model.ts'
import { modelTag, setKind } from './model-rows.ts'

const drop = statement(
  'registry.drop-model-tag',
  (k: Kysely<RegistryTables>, p: { model: number; key: string }) =>
    k.deleteFrom('registered_model_tags').where('model_key', '=', p.model).where('key', '=', p.key),
)

export function makeDeleteModelTag({ db, emit }: RegistryDeps): Models['deleteTag'] {
  return async function deleteModelTag(caller, { name, key }) {
    checkModelName(name)
    checkTagKey(key)
    await db.inTx(async (tx) => {
      const model = await takeModel(tx, caller, name, 'model.write')
      const before = await tx.first(modelTag, { model: model.key, key })
      if (before === undefined) return
      await tx.run(drop, { model: model.key, key })
      if (key === IS_PROMPT_TAG) await tx.run(setKind, { model: model.key, kind: kindOf(undefined) })
      await emit(tx, caller, {
        type: 'model.tag-deleted',
        subject: modelSubject(name),
        on: model.key,
        before: { tags: toldTags([[key, before.value]]) },
        after: { tags: {}, kind: key === IS_PROMPT_TAG ? kindOf(undefined) : model.kind },
      } satisfies RegistryEvent)
    })
  }
}
