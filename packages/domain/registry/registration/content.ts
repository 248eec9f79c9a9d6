import type { ManifestFile, ManifestHead, VersionSummary, VersionType } from '../model-version.ts'

/** What a version consists of, as it was found when it was registered. */
export interface Content {
  readonly type: VersionType
  readonly runsCode: boolean
  readonly manifest: ManifestHead
  /** Those of the manifest; none unless it is `complete`. */
  readonly files: readonly ManifestFile[]
  /** Null for a prompt and where the files are elsewhere. */
  readonly summary: VersionSummary | null
}

/** A prompt has no files: its text is in a tag. */
export const PROMPT: Content = {
  type: 'custom_model',
  runsCode: false,
  manifest: { state: 'empty', digest: null, files: 0, bytes: 0 },
  files: [],
  summary: null,
}

/** Nothing is known of files that the server does not open. */
export const ELSEWHERE: Content = {
  type: 'custom_model',
  runsCode: true,
  manifest: { state: 'outside', digest: null, files: 0, bytes: 0 },
  files: [],
  summary: null,
}

/** No files yet, which MLflow allows. What comes later is not what was registered. */
export const NOTHING: Content = {
  type: 'custom_model',
  runsCode: true,
  manifest: { state: 'empty', digest: null, files: 0, bytes: 0 },
  files: [],
  summary: {
    flavors: [],
    signature: null,
    inputExample: null,
    requirements: [],
    pythonVersion: null,
    mlflowVersion: null,
    modelUuid: null,
    statedBytes: null,
    codeReasons: ['There was nothing when the version was registered, so nothing is known of what it runs.'],
    warnings: ['There was nothing at the source when the version was registered.'],
  },
}
