import type { Database } from '@orrery/drivers/db'
import { makeSearchDatasets } from './search-datasets.ts'
import { makeSearchExperiments } from './search-experiments.ts'
import { makeSearchLoggedModels } from './search-logged-models.ts'
import { makeSearchRuns } from './search-runs.ts'

/** The searches of this module. */
export function makeSearch(deps: { db: Database }) {
  return {
    runs: makeSearchRuns(deps),
    experiments: makeSearchExperiments(deps),
    loggedModels: makeSearchLoggedModels(deps),
    datasets: makeSearchDatasets(deps),
  }
}
