import { type Caller, missing } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { findRun } from './find-run.ts'
import { loadRuns } from './load-runs.ts'
import type { Run } from './run.ts'

/** Shows a run with everything logged to it, deleted or not; of each metric the latest value. */
export function makeGetRun({ db }: { db: Database }) {
  return async function getRun(caller: Caller, input: { runId: string }): Promise<Run> {
    const { key } = await findRun(db.read, caller, input.runId)
    const [run] = await loadRuns(db.read, [key])
    if (run === undefined) throw missing(`Run with id=${input.runId} not found`)
    return run
  }
}
