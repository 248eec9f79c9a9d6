/** A name with its value: params and tags. */
export interface KeyValue {
  readonly key: string
  readonly value: string
}

export type Lifecycle = 'active' | 'deleted'

export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

/** What a run is, without what was logged to it. Times are milliseconds since the epoch. */
export interface RunInfo {
  readonly runId: string
  readonly experimentId: string
  readonly name: string
  readonly userId: string
  readonly status: RunStatus
  readonly startTime: number | null
  readonly endTime: number | null
  readonly lifecycle: Lifecycle
  readonly artifactUri: string
}

/** The latest value of one metric: greatest by (step, timestamp, value). `value` may be NaN. */
export interface LatestMetric {
  readonly key: string
  readonly value: number
  readonly timestamp: number
  readonly step: number
}

export interface Dataset {
  readonly name: string
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
}

export interface DatasetInput {
  readonly dataset: Dataset
  readonly tags: readonly KeyValue[]
}

export interface ModelOutput {
  readonly modelId: string
  readonly step: number
}

/** A run with everything that `runs/get` shows. */
export interface Run {
  readonly info: RunInfo
  readonly metrics: readonly LatestMetric[]
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly datasetInputs: readonly DatasetInput[]
  readonly modelInputs: readonly string[]
  readonly modelOutputs: readonly ModelOutput[]
}
