import type { Tracking } from '@orrery/domain/tracking'
import type { BoundRoute, PublicAddress } from './http/kit/index.ts'
import type { ArtifactMeans } from './http/mlflow/artifact-answers.ts'
import { bindArtifacts } from './http/mlflow/artifacts.ts'
import { bindExperiments } from './http/mlflow/experiments.ts'
import { bindInputs } from './http/mlflow/inputs.ts'
import { bindLoggedModels } from './http/mlflow/logged-models.ts'
import { bindMetrics } from './http/mlflow/metrics.ts'
import { bindNotYet } from './http/mlflow/not-yet.ts'
import { bindRuns } from './http/mlflow/runs.ts'
import { bindStatus } from './http/workspace/status-page.ts'
import { bindSystem, type SystemMeans } from './http/workspace/system.ts'
import { bindTracking } from './http/workspace/tracking.ts'

/** What the routes are bound to. */
export interface RouteMeans {
  readonly system: Omit<SystemMeans, 'declarations'>
  readonly tracking: Tracking
  readonly artifacts: ArtifactMeans
  readonly publicAddress: PublicAddress
}

/** Every route of the server, bound. */
export function allRoutes({ system, tracking, artifacts, publicAddress }: RouteMeans): BoundRoute[] {
  const served: BoundRoute[] = [
    ...bindSystem({ ...system, declarations: () => served.map((route) => route.declaration) }),
    ...bindExperiments(tracking),
    ...bindRuns(tracking),
    ...bindMetrics(tracking),
    ...bindInputs(tracking),
    ...bindLoggedModels(tracking),
    ...bindArtifacts(artifacts),
    ...bindTracking(tracking),
    ...bindStatus({ tracking, basePath: system.basePath, publicAddress }),
  ]
  return [...served, ...bindNotYet()]
}
