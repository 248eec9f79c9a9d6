import type { RegistryDeps } from '../deps.ts'
import { checkModelName, checkVersionTag, parseVersion } from '../names.ts'
import type { Versions } from '../registry.ts'
import { type RegistryEvent, toldTags, versionSubject } from '../registry-events.ts'
import { takeVersion } from './find-version.ts'
import { versionTag, versionTagRows } from './version-rows.ts'

export function makeSetVersionTag({ db, emit }: RegistryDeps): Versions['setTag'] {
  return async function setVersionTag(caller, { key, value, ...id }) {
    checkModelName(id.name)
    parseVersion(id.version)
    checkVersionTag({ key, value })
    await db.inTx(
      async (tx) => {
        const { model, version } = await takeVersion(tx, caller, id, 'model.write')
        const before = await tx.first(versionTag, { version: version.key, key })
        if (before?.value === value) return
        await tx.bulk(versionTagRows, [[version.key, key, value]])
        await emit(tx, caller, {
          type: 'version.tag-set',
          subject: versionSubject(version.name, version.version),
          on: model.key,
          before: { tags: toldTags(before === undefined ? [] : [[key, before.value]]) },
          after: { tags: toldTags([[key, value]]), kind: model.kind },
        } satisfies RegistryEvent)
      },
      { bytes: 1024 + value.length },
    )
  }
}
