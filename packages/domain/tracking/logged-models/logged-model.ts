import type { KeyValue, Lifecycle } from '../runs/run.ts'

/*
 *   PENDING ──▶ READY
 *      └──────▶ FAILED
 *
 * This is the way a client goes: it creates the model, uploads its files, then says how that ended. MLflow
 * enforces none of it (any status may follow any other), so neither do we.
 */
export const LOGGED_MODEL_STATUSES = ['UNSPECIFIED', 'PENDING', 'READY', 'FAILED'] as const
export type LoggedModelStatus = (typeof LOGGED_MODEL_STATUSES)[number]

/** One value that a run measured on a model, possibly on a named dataset. `value` may be NaN. */
export interface LoggedModelMetric {
  readonly key: string
  readonly value: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly step: number
  readonly runId: string
  /** Name and digest come together; both are empty for a value that belongs to no dataset. */
  readonly datasetName: string
  readonly datasetDigest: string
}

/** A model with everything that `logged-models/get` shows. Times are milliseconds since the epoch. */
export interface LoggedModel {
  readonly modelId: string
  readonly experimentId: string
  readonly name: string
  /** Empty if not given. */
  readonly modelType: string
  /** The run that made it; empty if not given. Not checked: MLflow accepts ids that nobody knows. */
  readonly sourceRunId: string
  readonly status: LoggedModelStatus
  readonly statusMessage: string | null
  readonly artifactUri: string
  readonly lifecycle: Lifecycle
  readonly createdAt: number
  readonly updatedAt: number
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly metrics: readonly LoggedModelMetric[]
}
