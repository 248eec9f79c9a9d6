import type { Tag } from './registered-model.ts'
import type { Stage } from './stages.ts'

/*
 * A version is READY when its registration resolves: digests are known before the transaction. The other two stand in
 * MLflow's enum and come with versions that are imported from elsewhere.
 */
export const VERSION_STATUSES = ['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY'] as const
export type VersionStatus = (typeof VERSION_STATUSES)[number]

/** `mlflow_model` has an MLmodel file that can be read; `custom_model` is anything else. */
export type VersionType = 'mlflow_model' | 'custom_model'

/**
 * `complete`: every file stands in it. `outside`: the files are in a store that the server does not open.
 * `empty`: nothing lies at the source, which MLflow allows. `too-many`: more files than a manifest takes.
 */
export type ManifestState = 'complete' | 'outside' | 'empty' | 'too-many'

/** A version as `model-versions/get` shows it, with what MLflow does not have. Times are milliseconds since the epoch. */
export interface ModelVersion {
  readonly name: string
  readonly version: number
  readonly stage: Stage
  readonly description: string | null
  /** Who registered it. MLflow's answers leave it out. */
  readonly userId: string
  readonly source: string
  /** Empty if there is none; so are `runLink` and `modelId`. */
  readonly runId: string
  readonly runLink: string
  readonly modelId: string
  readonly status: VersionStatus
  readonly statusMessage: string | null
  readonly createdAt: number
  readonly updatedAt: number
  /** By key. */
  readonly tags: readonly Tag[]
  /** Those that name it, sorted; empty where MLflow does not tell them (searches, latest versions of a model). */
  readonly aliases: readonly string[]
  readonly type: VersionType
  /** Loading it runs code that its author wrote: pickles, `code/` folders, Lambda layers and the like. */
  readonly runsCode: boolean
  readonly manifest: ManifestHead
}

export interface ManifestHead {
  readonly state: ManifestState
  /** SHA-256 over the manifest's canonical text; null unless `complete`. */
  readonly digest: string | null
  readonly files: number
  /** Of all files together. */
  readonly bytes: number
}

/** A file as it was when the version was registered. */
export interface ManifestFile {
  /** Relative to the version's folder. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** What `MLmodel` says, as far as it could be read. Texts are the author's: show them as text. */
export interface VersionSummary {
  /** By name, e.g. `python_function`, `sklearn`. */
  readonly flavors: readonly FlavorSummary[]
  readonly signature: SignatureSummary | null
  /** Path of the input example; null if there is none. */
  readonly inputExample: string | null
  /** Lines of `requirements.txt`, if the version has that file. */
  readonly requirements: readonly string[]
  readonly pythonVersion: string | null
  readonly mlflowVersion: string | null
  readonly modelUuid: string | null
  /** Bytes, as MLmodel says; the manifest has the real size. */
  readonly statedBytes: number | null
  /** Why the version `runsCode`, one sentence each. */
  readonly codeReasons: readonly string[]
  /** What could not be understood, one sentence each; empty for a sound model. */
  readonly warnings: readonly string[]
}

export interface FlavorSummary {
  readonly name: string
  readonly version: string | null
  readonly loaderModule: string | null
}

/** Columns as MLflow writes them: JSON texts that are parsed and checked to be lists. */
export interface SignatureSummary {
  readonly inputs: readonly unknown[] | null
  readonly outputs: readonly unknown[] | null
  readonly params: readonly unknown[] | null
}

/** What a scanner said of a version's files. Shown, never relied on: every scanner has been got around. */
export interface Advice {
  readonly scanner: string
  readonly scannerVersion: string
  /** Of the manifest that was scanned; advice about other bytes is refused. */
  readonly manifestDigest: string
  readonly verdict: 'clean' | 'suspicious' | 'dangerous' | 'failed'
  readonly findings: readonly Finding[]
  readonly reportedBy: string
  /** Milliseconds since the epoch. */
  readonly reportedAt: number
}

export interface Finding {
  readonly path: string
  readonly message: string
}
