import { type Caller, missing } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { findLoggedModel } from './find-logged-model.ts'
import { loadLoggedModels } from './load-logged-models.ts'
import type { LoggedModel } from './logged-model.ts'

/** Shows a logged model. A deleted one is RESOURCE_DOES_NOT_EXIST unless asked for. */
export function makeGetLoggedModel({ db }: Pick<TrackingDeps, 'db'>) {
  return async function getLoggedModel(
    caller: Caller,
    input: { modelId: string; allowDeleted?: boolean | undefined },
  ): Promise<LoggedModel> {
    const found = await findLoggedModel(db.read, caller, input.modelId)
    if (found.lifecycle === 'deleted' && input.allowDeleted !== true) {
      throw missing(`Logged model with ID '${input.modelId}' not found.`)
    }
    const [model] = await db.scan((reads) => loadLoggedModels(reads, [found]))
    return model!
  }
}
