import type { KeyValue, Lifecycle } from '../runs/run.ts'

/** Times are milliseconds since the epoch. */
export interface Experiment {
  readonly experimentId: string
  readonly name: string
  readonly artifactLocation: string
  readonly lifecycle: Lifecycle
  readonly createdAt: number
  readonly updatedAt: number
  readonly tags: readonly KeyValue[]
}

/** Every workspace has its own experiment of this id, named `Default`. */
export const DEFAULT_EXPERIMENT_ID = '0'
