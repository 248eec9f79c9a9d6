import type { MigrationModule } from '@orrery/drivers/db'
import type { TrackingDeps } from './deps.ts'
import { makeDeleteExperiment, makeRestoreExperiment } from './experiments/change-lifecycle.ts'
import { makeCreateExperiment, makeEnsureDefaultExperiment } from './experiments/create-experiment.ts'
import { makeDeleteExperimentTag } from './experiments/delete-experiment-tag.ts'
import { makeGetExperiment, makeGetExperimentByName } from './experiments/get-experiment.ts'
import { makeRemoveExperiment } from './experiments/remove-experiment.ts'
import { makeRenameExperiment } from './experiments/rename-experiment.ts'
import { makeSetExperimentTag } from './experiments/set-experiment-tag.ts'
import { makeInputs } from './inputs/make-inputs.ts'
import { makeLoggedModels } from './logged-models/make-logged-models.ts'
import { makeGetMetricHistory } from './metrics/get-history.ts'
import { makeGetMetricHistoryBulk } from './metrics/get-history-bulk.ts'
import { makeGetMetricInterval } from './metrics/get-interval.ts'
import { makeGetSeries } from './metrics/get-series.ts'
import { makeLogMetric } from './metrics/log-metric.ts'
import { makeRemoveMetric } from './metrics/remove-metric.ts'
import { experimentsAndRuns } from './migrations/0001-experiments-and-runs.ts'
import { metrics } from './migrations/0002-metrics.ts'
import { inputsAndLoggedModels } from './migrations/0003-inputs-and-logged-models.ts'
import { artifactFiles } from './migrations/0004-artifact-files.ts'
import { removals } from './migrations/0005-removals.ts'
import { lineage } from './migrations/0006-lineage.ts'
import { makeDeleteRun, makeRestoreRun } from './runs/change-lifecycle.ts'
import { makeCreateRun } from './runs/create-run.ts'
import { makeDeleteTag } from './runs/delete-tag.ts'
import { makeGetRun } from './runs/get-run.ts'
import { makeLogBatch } from './runs/log-batch.ts'
import { makeLogParam } from './runs/log-param.ts'
import { makeMoveRuns } from './runs/move-runs.ts'
import { makeNewestRuns } from './runs/newest-runs.ts'
import { makeRemoveRun } from './runs/remove-run.ts'
import { makeSetTag } from './runs/set-tag.ts'
import { makeUpdateRun } from './runs/update-run.ts'
import { makeSearch } from './search/make-search.ts'

export { checkArtifactLocation, spellingsOf, storePathOf } from './artifacts/artifact-location.ts'
export { parseArtifactFolder, parseArtifactPath } from './artifacts/artifact-path.ts'
export { makeDeleteArtifactsOf } from './artifacts/delete-artifacts-of.ts'
export { below, type OwnerId } from './artifacts/find-root.ts'
export { makeGrants } from './artifacts/grants.ts'
export { type Artifacts, makeArtifacts } from './artifacts/make-artifacts.ts'
export { findReadableOwner } from './artifacts/owner.ts'
export type { SignedAccess } from './artifacts/presign.ts'
export { makeRebuildArtifactFiles } from './artifacts/rebuild-artifact-files.ts'
export { forgetOwned, type OwnedFile, recordOwned } from './artifacts/record-owned.ts'
export { type FileBelow, learnDigest, recordedBelow } from './artifacts/recorded-below.ts'
export { type RecordedFile, recordedFile, recordedFiles, storeKeyOf } from './artifacts/recorded-files.ts'
export {
  type FindVersionFolder,
  locationOfVersion,
  REGISTRY,
  type VersionFiles,
} from './artifacts/version-folder.ts'
export {
  type ChangePolicy,
  type Meter,
  NOTHING_METERED,
  NOTHING_OWNED,
  type Ownership,
  type TrackingDeps,
} from './deps.ts'
export { checkCount, checkKey, checkLength } from './entries.ts'
export type { Experiment } from './experiments/experiment.ts'
export { findExperiment } from './experiments/find-experiment.ts'
export { consumingRuns } from './inputs/consuming-runs.ts'
export { isDeep } from './inputs/is-deep.ts'
export { modelMadeBy } from './inputs/model-made-by.ts'
export { isLongerThan } from './limits.ts'
export type { LineageEdge, LineageFacts, LineageHop, LineageNode } from './lineage/lineage-nodes.ts'
export { makeTrackingLineage } from './lineage/make-lineage-source.ts'
export { makeAddModelVersionTag, type RegisteredAs } from './logged-models/add-model-version-tag.ts'
export {
  type FoundLoggedModel,
  findLoggedModel,
  findLoggedModelIfAny,
} from './logged-models/find-logged-model.ts'
export { loadLoggedModels } from './logged-models/load-logged-models.ts'
export type { LoggedModel, LoggedModelStatus } from './logged-models/logged-model.ts'
export type { PointOfRun } from './metrics/get-history-bulk.ts'
export type { BucketedSeries } from './metrics/get-series.ts'
export type { MetricInput } from './metrics/metric-input.ts'
export type { Point } from './metrics/point.ts'
export { makeWorkOffRemovals } from './removals/work-off-removals.ts'
export { makeResidents } from './residents/make-residents.ts'
export { findHeldThing, inExperiment } from './retention/held-things.ts'
export { makeExpired } from './retention/make-expired.ts'
export { type FoundRun, findRun, findRunIfAny } from './runs/find-run.ts'
export { loadRuns } from './runs/load-runs.ts'
export type { NewRun } from './runs/newest-runs.ts'
export type { DatasetInput, KeyValue, Run, RunInfo } from './runs/run.ts'
export { all, type Condition, exists, textCondition, wholeCondition } from './search/conditions.ts'
export { readableAmong, readableCondition } from './search/experiment-scope.ts'
export { checkMaxResults } from './search/max-results.ts'
export { readToken, searchName, writeToken } from './search/page-token.ts'
export { behind, ordering, type Term } from './search/terms.ts'
export { describeRun } from './things/describe-run.ts'
export { experimentNames, findExperimentKey, runningRuns } from './things/experiment-things.ts'

export const trackingMigrations: MigrationModule = {
  module: 'tracking',
  migrations: [experimentsAndRuns, metrics, inputsAndLoggedModels, artifactFiles, removals, lineage],
}

/** The verbs of this module, by noun. */
export function makeTracking(deps: TrackingDeps) {
  return {
    experiments: {
      create: makeCreateExperiment(deps),
      ensureDefault: makeEnsureDefaultExperiment(deps),
      get: makeGetExperiment(deps),
      getByName: makeGetExperimentByName(deps),
      rename: makeRenameExperiment(deps),
      delete: makeDeleteExperiment(deps),
      restore: makeRestoreExperiment(deps),
      remove: makeRemoveExperiment(deps),
      setTag: makeSetExperimentTag(deps),
      deleteTag: makeDeleteExperimentTag(deps),
    },
    runs: {
      create: makeCreateRun(deps),
      get: makeGetRun(deps),
      newest: makeNewestRuns(deps),
      update: makeUpdateRun(deps),
      delete: makeDeleteRun(deps),
      restore: makeRestoreRun(deps),
      remove: makeRemoveRun(deps),
      move: makeMoveRuns(deps),
      logBatch: makeLogBatch(deps),
      logParam: makeLogParam(deps),
      setTag: makeSetTag(deps),
      deleteTag: makeDeleteTag(deps),
    },
    metrics: {
      log: makeLogMetric(deps),
      getHistory: makeGetMetricHistory(deps),
      getHistoryBulk: makeGetMetricHistoryBulk(deps),
      getInterval: makeGetMetricInterval(deps),
      getSeries: makeGetSeries(deps),
      remove: makeRemoveMetric(deps),
    },
    inputs: makeInputs(deps),
    loggedModels: makeLoggedModels(deps),
    search: makeSearch(deps),
  }
}

export type Tracking = ReturnType<typeof makeTracking>
