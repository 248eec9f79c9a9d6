import { Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { checkModelName } from '../names.ts'
import type { Models } from '../registry.ts'
import { modelSubject, type RegistryEvent } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { takeModel } from './find-model.ts'
import { loadModels } from './load-models.ts'
import { placedOf } from './placed-versions.ts'

const rename = statement(
  'registry.rename-model',
  (k: Kysely<RegistryTables>, p: { workspace: number; model: number; name: string; now: number }) =>
    k
      .updateTable('registered_models')
      .set({ name: p.name, updated_at: p.now })
      .where('model_key', '=', p.model)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('registered_models as other')
              .select('other.model_key')
              .where('other.workspace_key', '=', p.workspace)
              .where('other.name', '=', p.name)
              .where('other.model_key', '!=', p.model),
          ),
        ),
      ),
)

const touchVersions = statement(
  'registry.touch-versions-of-model',
  (k: Kysely<RegistryTables>, p: { model: number; now: number }) =>
    k.updateTable('model_versions').set({ updated_at: p.now }).where('model_key', '=', p.model),
)

export function makeRenameModel({ db, emit, clock, policy }: RegistryDeps): Models['rename'] {
  return async function renameModel(caller, { name, newName }) {
    checkModelName(newName, 'new_name')
    return db.inTx(async (tx) => {
      const model = await takeModel(tx, caller, name, 'model.write')
      if (newName !== name && policy !== undefined) {
        await policy.ask(tx, caller, {
          kind: 'rename-model',
          modelKey: model.key,
          name,
          newName,
          held: [modelSubject(name)],
          placed: await placedOf(tx, model.key),
        })
      }
      const now = clock()
      const workspace = caller.workspace.key
      const changed = await tx.run(rename, { workspace, model: model.key, name: newName, now })
      if (changed === 0) {
        throw new Problem('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${newName}) already exists.`)
      }
      await tx.run(touchVersions, { model: model.key, now })
      if (newName !== name) {
        await emit(tx, caller, {
          type: 'model.renamed',
          subject: modelSubject(newName),
          on: model.key,
          also: [modelSubject(name)],
          before: { name },
          after: { name: newName },
        } satisfies RegistryEvent)
      }
      const [shown] = await loadModels(tx, [{ ...model, name: newName, updatedAt: now }])
      return shown!
    })
  }
}
