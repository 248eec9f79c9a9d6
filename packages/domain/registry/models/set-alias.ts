import type { RegistryDeps } from '../deps.ts'
import { checkAlias, checkAliasIsFree, checkModelName, parseVersion } from '../names.ts'
import type { Models } from '../registry.ts'
import { takeVersion } from '../versions/find-version.ts'
import { planAlias, writeAlias } from './move-alias.ts'

export function makeSetAlias(deps: RegistryDeps): Models['setAlias'] {
  return async function setAlias(caller, { name, version, alias }) {
    checkModelName(name)
    checkAlias(alias)
    checkAliasIsFree(alias)
    parseVersion(version)
    await deps.db.inTx(async (tx) => {
      const found = await takeVersion(tx, caller, { name, version }, 'model.write')
      const setting = await planAlias(tx, found.model, alias, found.version.version)
      if (setting.from === setting.to) return
      await deps.policy?.ask(tx, caller, setting)
      await writeAlias(deps, tx, caller, found.model, setting)
    })
  }
}
