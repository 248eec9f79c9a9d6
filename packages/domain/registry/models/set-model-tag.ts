import type { RegistryDeps } from '../deps.ts'
import { checkModelName, checkModelTag } from '../names.ts'
import { IS_PROMPT_TAG, kindOf } from '../registered-model.ts'
import type { Models } from '../registry.ts'
import { modelSubject, type RegistryEvent, toldTags } from '../registry-events.ts'
import { takeModel } from './find-model.ts'
import { modelTag, modelTagRows, setKind } from './model-rows.ts'

export function makeSetModelTag({ db, emit }: RegistryDeps): Models['setTag'] {
  return async function setModelTag(caller, { name, key, value }) {
    checkModelName(name)
    checkModelTag({ key, value })
    await db.inTx(
      async (tx) => {
        const model = await takeModel(tx, caller, name, 'model.write')
        const before = await tx.first(modelTag, { model: model.key, key })
        if (before?.value === value) return
        await tx.bulk(modelTagRows, [[model.key, key, value]])
        if (key === IS_PROMPT_TAG) await tx.run(setKind, { model: model.key, kind: kindOf(value) })
        await emit(tx, caller, {
          type: 'model.tag-set',
          subject: modelSubject(name),
          on: model.key,
          before: { tags: toldTags(before === undefined ? [] : [[key, before.value]]) },
          after: { tags: toldTags([[key, value]]), kind: key === IS_PROMPT_TAG ? kindOf(value) : model.kind },
        } satisfies RegistryEvent)
      },
      { bytes: 1024 + value.length },
    )
  }
}
