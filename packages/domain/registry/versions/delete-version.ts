import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { touchModel } from '../models/model-rows.ts'
import { aliasesAt } from '../models/placed-versions.ts'
import { parseVersion } from '../names.ts'
import type { Versions } from '../registry.ts'
import { modelSubject, type RegistryEvent, versionSubject } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import { removeSlice } from '../removals/slices.ts'
import { type FoundVersion, takeVersion } from './find-version.ts'

const drop = statement('registry.drop-version', (k: Kysely<RegistryTables>, p: { version: number }) =>
  k.deleteFrom('model_versions').where('version_key', '=', p.version),
)

const dropAliases = statement(
  'registry.drop-aliases-of-version',
  (k: Kysely<RegistryTables>, p: { model: number; number: number }) =>
    k.deleteFrom('model_aliases').where('model_key', '=', p.model).where('version', '=', p.number),
)

export function makeDeleteVersion({
  db,
  emit,
  clock,
  wakeRemovals,
  policy,
}: RegistryDeps): Versions['delete'] {
  return async function deleteVersion(caller, id) {
    parseVersion(id.version)
    await db.inTx(async (tx) => {
      const { model, version } = await takeVersion(tx, caller, id, 'model.delete')
      const subject = versionSubject(model.name, version.version)
      const aliases = await aliasesAt(tx, model.key, version.version)
      await policy?.ask(tx, caller, {
        kind: 'delete-version',
        modelKey: model.key,
        name: model.name,
        held: [subject, modelSubject(model.name)],
        placed: { version: version.version, stage: version.stage, aliases },
      })
      await tx.run(touchModel, { model: model.key, now: clock() })
      await tx.run(dropAliases, { model: model.key, number: version.version })
      await tx.run(drop, { version: version.key })
      if (await leaveRest(tx, caller.workspace.key, version)) tx.afterCommit(wakeRemovals)
      await emit(tx, caller, {
        type: 'version.deleted',
        subject,
        on: model.key,
        before: { ...factsOf(version), kind: model.kind, stage: version.stage, aliases },
        after: undefined,
      } satisfies RegistryEvent)
    })
  }
}

/** What belongs to the version goes now, and later what would take long. @returns whether there is such */
async function leaveRest(tx: Tx, workspaceKey: number, { key, folderId }: FoundVersion): Promise<boolean> {
  const more = await removeSlice(tx, [key])
  if (more) await queueRemoval(tx, { workspaceKey, kind: 'version', target: key })
  if (folderId !== null) await queueRemoval(tx, { workspaceKey, kind: 'folder', folderId })
  return more || folderId !== null
}

function factsOf({ name, version, source, runId, modelId, manifestDigest }: FoundVersion) {
  return { name, version, source, runId, modelId, manifestDigest }
}
