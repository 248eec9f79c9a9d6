import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import type { Models } from '../registry.ts'
import { alsoOf, modelSubject, type RegistryEvent, versionSubjects } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import { takeModel } from './find-model.ts'
import { placedOf } from './placed-versions.ts'

type Of = { model: number }

const aliasesOf = statement('registry.aliases-of-model', (k: Kysely<RegistryTables>, p: Of) =>
  k
    .selectFrom('model_aliases')
    .select(['alias', 'version'])
    .where('model_key', '=', p.model)
    .orderBy('alias'),
)

const countVersions = statement('registry.count-versions', (k: Kysely<RegistryTables>, p: Of) =>
  k
    .selectFrom('model_versions')
    .select((e) => e.fn.countAll<number>().as('versions'))
    .where('model_key', '=', p.model),
)

const drops = [
  statement('registry.drop-model', (k: Kysely<RegistryTables>, p: Of) =>
    k.deleteFrom('registered_models').where('model_key', '=', p.model),
  ),
  statement('registry.drop-model-tags', (k: Kysely<RegistryTables>, p: Of) =>
    k.deleteFrom('registered_model_tags').where('model_key', '=', p.model),
  ),
  statement('registry.drop-model-aliases', (k: Kysely<RegistryTables>, p: Of) =>
    k.deleteFrom('model_aliases').where('model_key', '=', p.model),
  ),
]

export function makeDeleteModel({
  db,
  emit,
  wakeRemovals,
  ownership,
  policy,
}: RegistryDeps): Models['delete'] {
  return async function deleteModel(caller, { name }) {
    await db.inTx(async (tx) => {
      const { key, kind, lastVersion } = await takeModel(tx, caller, name, 'model.delete')
      const placed = await placedOf(tx, key)
      await policy?.ask(tx, caller, {
        kind: 'delete-model',
        modelKey: key,
        name,
        held: [modelSubject(name)],
        placed,
      })
      const { versions, aliases } = await whatGoes(tx, key)
      for (const drop of drops) await tx.run(drop, { model: key })
      await ownership.removed(tx, caller, { kind: 'model', key })
      await emit(tx, caller, {
        type: 'model.deleted',
        subject: modelSubject(name),
        on: key,
        ...alsoOf(
          versionSubjects(
            name,
            placed.map(({ version }) => version),
          ),
        ),
        before: { name, kind, versions, lastVersion, aliases },
        after: undefined,
      } satisfies RegistryEvent)
      if (versions === 0) return
      await queueRemoval(tx, { workspaceKey: caller.workspace.key, kind: 'model', target: key })
      tx.afterCommit(wakeRemovals)
    })
  }
}

/** What the event has to tell. The versions are counted in an index, the rest of them is left to the removals. */
async function whatGoes(tx: Tx, model: number) {
  const counted = await tx.first(countVersions, { model })
  const aliases = await tx.all(aliasesOf, { model })
  return {
    versions: Number(counted?.versions ?? 0),
    aliases: Object.fromEntries(aliases.map(({ alias, version }) => [alias, version])),
  }
}
