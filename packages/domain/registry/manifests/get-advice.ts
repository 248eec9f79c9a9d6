import type { RegistryDeps } from '../deps.ts'
import type { Advice } from '../model-version.ts'
import type { Manifests } from '../registry.ts'
import { findVersion } from '../versions/find-version.ts'
import { adviceOf } from './advice-rows.ts'

export function makeGetAdvice({ db }: Pick<RegistryDeps, 'db'>): Manifests['advice'] {
  return async function getAdvice(caller, id) {
    const { version } = await findVersion(db.read, caller, id)
    const rows = await db.read.all(adviceOf, { version: version.key })
    return rows.map(({ verdict, findings, ...row }) => ({
      ...row,
      verdict: verdict as Advice['verdict'],
      findings: JSON.parse(findings),
    }))
  }
}
