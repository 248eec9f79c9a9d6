import type { TrackingDeps } from '../deps.ts'
import { makeCreateLoggedModel } from './create-logged-model.ts'
import { makeDeleteLoggedModel } from './delete-logged-model.ts'
import { makeDeleteLoggedModelTag } from './delete-logged-model-tag.ts'
import { makeFinalizeLoggedModel } from './finalize-logged-model.ts'
import { makeGetLoggedModel } from './get-logged-model.ts'
import { makeLogLoggedModelParams } from './log-logged-model-params.ts'
import { makeSetLoggedModelTags } from './set-logged-model-tags.ts'

/** The verbs of logged models, without the search. */
export function makeLoggedModels(deps: TrackingDeps) {
  return {
    create: makeCreateLoggedModel(deps),
    get: makeGetLoggedModel(deps),
    finalize: makeFinalizeLoggedModel(deps),
    delete: makeDeleteLoggedModel(deps),
    logParams: makeLogLoggedModelParams(deps),
    setTags: makeSetLoggedModelTags(deps),
    deleteTag: makeDeleteLoggedModelTag(deps),
  }
}
