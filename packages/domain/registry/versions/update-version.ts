import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { checkDescription, checkModelName } from '../names.ts'
import type { Versions } from '../registry.ts'
import { type RegistryEvent, told, versionSubject } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { takeVersion } from './find-version.ts'
import { loadVersions } from './load-versions.ts'

const describe = statement(
  'registry.describe-version',
  (k: Kysely<RegistryTables>, p: { version: number; description: string | null; now: number }) =>
    k
      .updateTable('model_versions')
      .set({ description: p.description, updated_at: p.now })
      .where('version_key', '=', p.version),
)

const asTold = (description: string | null) => (description === null ? null : told(description))

export function makeUpdateVersion({ db, emit, clock }: RegistryDeps): Versions['update'] {
  return async function updateVersion(caller, input) {
    checkModelName(input.name)
    checkDescription(input.description)
    const { description = null } = input
    return db.inTx(
      async (tx) => {
        const { model, version } = await takeVersion(tx, caller, input, 'model.write')
        const now = clock()
        await tx.run(describe, { version: version.key, description, now })
        if (description !== version.description) {
          await emit(tx, caller, {
            type: 'version.updated',
            subject: versionSubject(version.name, version.version),
            on: model.key,
            before: { description: asTold(version.description) },
            after: { description: asTold(description), kind: model.kind },
          } satisfies RegistryEvent)
        }
        const changed = { ...version, description, updatedAt: now }
        const [shown] = await loadVersions(tx, [changed], { aliases: true })
        return shown!
      },
      { bytes: 1024 + (description?.length ?? 0) },
    )
  }
}
