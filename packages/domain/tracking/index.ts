import type { Clock, IdSource } from '@orrery/base/kernel'
import type { Database, MigrationModule } from '@orrery/drivers/db'
import type { Emit } from '../events/index.ts'
import { experimentsAndRuns } from './migrations/0001-experiments-and-runs.ts'
import { metrics } from './migrations/0002-metrics.ts'
import { inputsAndLoggedModels } from './migrations/0003-inputs-and-logged-models.ts'
import { artifactFiles } from './migrations/0004-artifact-files.ts'

export const trackingMigrations: MigrationModule = {
  module: 'tracking',
  migrations: [experimentsAndRuns, metrics, inputsAndLoggedModels, artifactFiles],
}

export interface TrackingDeps {
  readonly db: Database
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
}

/** The verbs of this module, by noun. */
export function makeTracking(_deps: TrackingDeps) {
  return {}
}

export type Tracking = ReturnType<typeof makeTracking>
