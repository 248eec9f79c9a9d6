import type { RegistryDeps } from '../deps.ts'
import { checkAlias, checkModelName } from '../names.ts'
import type { Models } from '../registry.ts'
import { dropAlias, planRemoval } from './drop-alias.ts'
import { takeModel } from './find-model.ts'

export function makeDeleteAlias(deps: RegistryDeps): Models['deleteAlias'] {
  const { db, policy } = deps
  return async function deleteAlias(caller, { name, alias }) {
    checkModelName(name)
    checkAlias(alias)
    await db.inTx(async (tx) => {
      const model = await takeModel(tx, caller, name, 'model.write')
      const removal = await planRemoval(tx, model, alias)
      if (removal === undefined) return
      await policy?.ask(tx, caller, removal)
      await dropAlias(deps, tx, caller, model, removal)
    })
  }
}
