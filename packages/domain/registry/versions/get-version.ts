import type { RegistryDeps } from '../deps.ts'
import type { Versions } from '../registry.ts'
import { findVersion } from './find-version.ts'
import { loadVersions } from './load-versions.ts'

export function makeGetVersion({ db }: RegistryDeps): Versions['get'] {
  return async function getVersion(caller, id) {
    const { version } = await findVersion(db.read, caller, id)
    const [shown] = await loadVersions(db.read, [version], { aliases: true })
    return shown!
  }
}
