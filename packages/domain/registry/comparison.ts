import type { ModelVersion, SignatureSummary } from './model-version.ts'

/** One name on both sides; null where a side does not have it. */
export interface Difference<Value> {
  readonly name: string
  readonly left: Value | null
  readonly right: Value | null
}

/**
 * Two versions side by side. Metrics and params are those of the logged model where the version has one, else of its
 * run; of a metric the latest value, which may be NaN. Lists are by name and hold equal ones too.
 */
export interface Comparison {
  readonly left: ModelVersion
  readonly right: ModelVersion
  readonly metrics: readonly Difference<number>[]
  readonly params: readonly Difference<string>[]
  readonly tags: readonly Difference<string>[]
  /** By name of the package, in lower case with `-`; values are the rest of the line, e.g. `==1.5.2`. */
  readonly requirements: readonly Difference<string>[]
  readonly signature: {
    readonly left: SignatureSummary | null
    readonly right: SignatureSummary | null
    readonly same: boolean
  }
  /** SHA-256 of files that differ or that one side does not have; none where a manifest does not tell (`outside`, `too-many`). */
  readonly files: readonly Difference<string>[]
}

/** Who and what hangs on a version; lists hold at most 1,000 entries each. */
export interface Usage {
  readonly aliases: readonly string[]
  /** Versions that were made of this one and still exist. */
  readonly copies: readonly { readonly name: string; readonly version: number }[]
  /** Other versions with the same manifest; of those without one, the same logged model or place below the run. */
  readonly siblings: readonly { readonly name: string; readonly version: number }[]
  /** The run it came from; null if there is none or it is gone. */
  readonly sourceRun: { readonly runId: string; readonly experimentId: string } | null
  /** Runs that named the version's logged model as their input. */
  readonly consumingRuns: readonly string[]
}
