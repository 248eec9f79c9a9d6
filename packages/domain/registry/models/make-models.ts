import type { RegistryDeps } from '../deps.ts'
import type { Models } from '../registry.ts'
import { makeCreateModel } from './create-model.ts'
import { makeDeleteAlias } from './delete-alias.ts'
import { makeDeleteModel } from './delete-model.ts'
import { makeDeleteModelTag } from './delete-model-tag.ts'
import { makeGetModel } from './get-model.ts'
import { makeRenameModel } from './rename-model.ts'
import { makeSetAlias } from './set-alias.ts'
import { makeSetModelTag } from './set-model-tag.ts'
import { makeUpdateModel } from './update-model.ts'

/** The verbs of registered models, without the search. */
export function makeModels(deps: RegistryDeps): Models {
  return {
    create: makeCreateModel(deps),
    get: makeGetModel(deps),
    update: makeUpdateModel(deps),
    rename: makeRenameModel(deps),
    delete: makeDeleteModel(deps),
    setTag: makeSetModelTag(deps),
    deleteTag: makeDeleteModelTag(deps),
    setAlias: makeSetAlias(deps),
    deleteAlias: makeDeleteAlias(deps),
  }
}
