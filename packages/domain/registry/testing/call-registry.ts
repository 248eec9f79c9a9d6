import type { Caller } from '@orrery/base/kernel'
import type { RegistryDeps } from '../deps.ts'
import { takeModel } from '../models/find-model.ts'
import { makeModels } from '../models/make-models.ts'
import { IS_PROMPT_TAG } from '../registered-model.ts'
import { insertVersion } from '../registration/insert-version.ts'
import { makeVersionVerbs } from '../versions/make-version-verbs.ts'
import type { Call } from './plain-registry.ts'
import { PLAIN_FACTS } from './plain-version.ts'

/** Makes a `Call` of the verbs. @returns the number of a version where the call answers with one */
export function makeCallRegistry(deps: RegistryDeps) {
  const models = makeModels(deps)
  const versions = makeVersionVerbs(deps)
  return async function callRegistry(caller: Caller, call: Call): Promise<number | undefined> {
    switch (call.verb) {
      case 'create': {
        const { name, description, isPrompt } = call
        const tags = isPrompt === undefined ? [] : [{ key: IS_PROMPT_TAG, value: isPrompt }]
        await models.create(caller, { name, description, tags })
        return
      }
      case 'get':
        await models.get(caller, call)
        return
      case 'update':
        await models.update(caller, call)
        return
      case 'rename':
        await models.rename(caller, call)
        return
      case 'delete':
        return models.delete(caller, call) as Promise<undefined>
      case 'setTag':
        return models.setTag(caller, call) as Promise<undefined>
      case 'deleteTag':
        return models.deleteTag(caller, call) as Promise<undefined>
      case 'setAlias':
        return models.setAlias(caller, call) as Promise<undefined>
      case 'deleteAlias':
        return models.deleteAlias(caller, call) as Promise<undefined>
      case 'getByAlias':
        return (await versions.getByAlias(caller, call)).version
      case 'addVersion':
        return deps.db.inTx(async (tx) => {
          const model = await takeModel(tx, caller, call.name, 'model.write')
          return (await insertVersion(deps, tx, caller, model, PLAIN_FACTS)).version
        })
      case 'getVersion':
        return (await versions.get(caller, call)).version
      case 'updateVersion':
        await versions.update(caller, call)
        return
      case 'transition': {
        const { name, version, stage, archive } = call
        await versions.transitionStage(caller, { name, version, stage, archiveExisting: archive })
        return
      }
      case 'deleteVersion':
        return versions.delete(caller, call) as Promise<undefined>
      case 'setVersionTag':
        return versions.setTag(caller, call) as Promise<undefined>
      case 'deleteVersionTag':
        return versions.deleteTag(caller, call) as Promise<undefined>
    }
  }
}
