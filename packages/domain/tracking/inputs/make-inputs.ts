import type { TrackingDeps } from '../deps.ts'
import { makeLogInputs } from './log-inputs.ts'
import { makeLogOutputs } from './log-outputs.ts'
import { makeRecordModel } from './record-model.ts'

/** The verbs of what runs use and make, without the search. */
export function makeInputs(deps: TrackingDeps) {
  return {
    logInputs: makeLogInputs(deps),
    logOutputs: makeLogOutputs(deps),
    recordModel: makeRecordModel(deps),
  }
}
