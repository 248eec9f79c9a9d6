import type { Database } from '@orrery/drivers/db'
import { makeSearchRuns } from './search-runs.ts'

/** The searches, by what they find. */
export function makeSearch(deps: { db: Database }) {
  return {
    runs: makeSearchRuns(deps),
  }
}
