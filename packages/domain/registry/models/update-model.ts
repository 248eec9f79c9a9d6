import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { checkDescription, checkModelName } from '../names.ts'
import type { Models } from '../registry.ts'
import { modelSubject, type RegistryEvent, told } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { takeModel } from './find-model.ts'
import { loadModels } from './load-models.ts'

const describe = statement(
  'registry.describe-model',
  (k: Kysely<RegistryTables>, p: { model: number; description: string; now: number }) =>
    k
      .updateTable('registered_models')
      .set({ description: p.description, updated_at: p.now })
      .where('model_key', '=', p.model),
)

export function makeUpdateModel({ db, emit, clock }: RegistryDeps): Models['update'] {
  return async function updateModel(caller, { name, description = '' }) {
    checkModelName(name)
    checkDescription(description)
    return db.inTx(
      async (tx) => {
        const model = await takeModel(tx, caller, name, 'model.write')
        const now = clock()
        await tx.run(describe, { model: model.key, description, now })
        if (description !== model.description) {
          await emit(tx, caller, {
            type: 'model.updated',
            subject: modelSubject(name),
            on: model.key,
            before: { description: model.description === null ? null : told(model.description) },
            after: { description: told(description) },
          } satisfies RegistryEvent)
        }
        const [shown] = await loadModels(tx, [{ ...model, description, updatedAt: now }])
        return shown!
      },
      { bytes: 1024 + description.length },
    )
  }
}
