import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { checkModelName, checkTagKey, parseVersion } from '../names.ts'
import type { Versions } from '../registry.ts'
import { type RegistryEvent, toldTags, versionSubject } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { takeVersion } from './find-version.ts'
import { versionTag } from './version-rows.ts'

const drop = statement(
  'registry.drop-version-tag',
  (k: Kysely<RegistryTables>, p: { version: number; key: string }) =>
    k.deleteFrom('version_tags').where('version_key', '=', p.version).where('key', '=', p.key),
)

export function makeDeleteVersionTag({ db, emit }: RegistryDeps): Versions['deleteTag'] {
  return async function deleteVersionTag(caller, { key, ...id }) {
    checkModelName(id.name)
    parseVersion(id.version)
    checkTagKey(key)
    await db.inTx(async (tx) => {
      const { model, version } = await takeVersion(tx, caller, id, 'model.write')
      const before = await tx.first(versionTag, { version: version.key, key })
      if (before === undefined) return
      await tx.run(drop, { version: version.key, key })
      await emit(tx, caller, {
        type: 'version.tag-deleted',
        subject: versionSubject(version.name, version.version),
        on: model.key,
        before: { tags: toldTags([[key, before.value]]) },
        after: { tags: {}, kind: model.kind },
      } satisfies RegistryEvent)
    })
  }
}
