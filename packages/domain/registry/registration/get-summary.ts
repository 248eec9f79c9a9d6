import type { RegistryDeps } from '../deps.ts'
import type { Versions } from '../registry.ts'
import { findVersion } from '../versions/find-version.ts'
import { summaryOf } from './summary-of.ts'

export function makeGetSummary({ db }: Pick<RegistryDeps, 'db'>): Versions['summary'] {
  return async function getSummary(caller, input) {
    const { version } = await findVersion(db.read, caller, input)
    return summaryOf(db.read, version)
  }
}
