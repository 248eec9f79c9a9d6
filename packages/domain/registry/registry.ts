import type { Caller } from '@orrery/base/kernel'
import type { Archives } from './archives.ts'
import type { Comparison, Usage } from './comparison.ts'
import type {
  Advice,
  Finding,
  ManifestFile,
  ManifestHead,
  ModelVersion,
  VersionSummary,
  VersionType,
} from './model-version.ts'
import type { RegisteredModel, Tag } from './registered-model.ts'

/*
 * What this module promises. Every verb takes the caller first, sees the caller's workspace only, and writes in one
 * transaction with its event: all of it or nothing. A model that the caller may not read does not exist for them.
 *
 * Where nothing else is said, a verb throws
 * - INVALID_PARAMETER_VALUE for a name, version, alias, tag or description that MLflow or `LIMITS` refuses;
 * - RESOURCE_DOES_NOT_EXIST "Registered Model with name=<name> not found" and
 *   "Model Version (name=<name>, version=<version>) not found".
 */
export interface Registry {
  readonly models: Models
  readonly versions: Versions
  readonly search: RegistrySearch
  readonly manifests: Manifests
  readonly archives: Archives
  /** What two versions have in common and what not. The versions may be of two models. */
  compare(caller: Caller, input: { readonly left: VersionId; readonly right: VersionId }): Promise<Comparison>
}

export interface ModelName {
  readonly name: string
}

/** A version as callers name it: MLflow sends numbers as text, and " 7", "+7" and "0_7" are 7 to it. */
export interface VersionId extends ModelName {
  readonly version: string
}

export interface Models {
  /**
   * Makes a model without versions. With the tag `mlflow.prompt.is_prompt` = `true` it is a prompt.
   *
   * @throws RESOURCE_ALREADY_EXISTS "Registered Model (name=<name>) already exists.", or MLflow's longer sentence where
   *   a prompt has the name of a model or the other way round; its client reads the code as "go on"
   */
  create(
    caller: Caller,
    input: ModelName & {
      readonly description?: string | undefined
      readonly tags?: readonly Tag[] | undefined
    },
  ): Promise<RegisteredModel>

  get(caller: Caller, input: ModelName): Promise<RegisteredModel>

  /** Replaces the description; left out it becomes empty, as in MLflow. */
  update(
    caller: Caller,
    input: ModelName & { readonly description?: string | undefined },
  ): Promise<RegisteredModel>

  /**
   * Gives the model another name; versions, aliases and tags stay. Also moves `updatedAt` of every version. The name
   * that it has already is fine.
   *
   * @throws RESOURCE_ALREADY_EXISTS "Registered Model (name=<new name>) already exists."
   */
  rename(caller: Caller, input: ModelName & { readonly newName: string }): Promise<RegisteredModel>

  /** Deletes the model with its versions for good. The name is free at once; rows and own files go in slices. */
  delete(caller: Caller, input: ModelName): Promise<void>

  setTag(caller: Caller, input: ModelName & Tag): Promise<void>

  /** A tag that is not there is fine. */
  deleteTag(caller: Caller, input: ModelName & { readonly key: string }): Promise<void>

  /**
   * Points an alias at a version, wherever it pointed before.
   *
   * @throws INVALID_PARAMETER_VALUE "'latest' alias name (case insensitive) is reserved." and
   *   "Version alias name 'v1' is reserved."
   */
  setAlias(caller: Caller, input: VersionId & { readonly alias: string }): Promise<void>

  /** An alias that is not there is fine. */
  deleteAlias(caller: Caller, input: ModelName & { readonly alias: string }): Promise<void>
}

export interface NewVersion extends ModelName {
  readonly source: string
  /** Left out is not the same as empty where the source is a version: an empty one must agree with it. */
  readonly runId?: string | undefined
  readonly modelId?: string | undefined
  readonly tags?: readonly Tag[] | undefined
  readonly runLink?: string | undefined
  readonly description?: string | undefined
}

export interface NewVersionByPath extends ModelName {
  /** Whose file or folder it is: exactly one of the two. */
  readonly runId?: string | undefined
  readonly modelId?: string | undefined
  /** Below the artifacts of the run (then needed) or logged model (then its root if left out). */
  readonly path?: string | undefined
  /** Found out if left out. `mlflow_model` is refused where no MLmodel can be read. */
  readonly type?: VersionType | undefined
  readonly tags?: readonly Tag[] | undefined
  readonly description?: string | undefined
}

export interface Versions {
  /**
   * Registers what lies at a source as the next version of a model. The digests of the manifest are known before the
   * transaction, which takes the number, writes the version with its manifest, summary and tags, moves the model's
   * `updatedAt` and adds to the logged model's tag `mlflow.modelVersions`. A call that was broken off leaves nothing
   * but digests that the next one need not compute again.
   *
   * @throws INVALID_PARAMETER_VALUE for a source that is not the run's or logged model's, or that MLflow refuses
   * @throws RESOURCE_CONFLICT where files change again and again while they are read, and for a source that is a
   *   version of which `downloadUri` says the same
   */
  create(caller: Caller, input: NewVersion): Promise<ModelVersion>

  /** As `create`, for the seeds' `register_model(model_path, model_name)`. Makes the model where there is none. */
  registerPath(caller: Caller, input: NewVersionByPath): Promise<ModelVersion>

  get(caller: Caller, input: VersionId): Promise<ModelVersion>

  /**
   * The version an alias names; `latest` in any case is the highest version of all.
   *
   * @throws INVALID_PARAMETER_VALUE "Registered model alias <alias> not found." (MLflow's code, not a 404)
   * @throws RESOURCE_DOES_NOT_EXIST "Latest version not found for model <name>."
   */
  getByAlias(caller: Caller, input: ModelName & { readonly alias: string }): Promise<ModelVersion>

  /** Replaces the description; left out it is taken away. */
  update(
    caller: Caller,
    input: VersionId & { readonly description?: string | undefined },
  ): Promise<ModelVersion>

  /**
   * Moves a version to a stage, given in any case. With `archiveExisting` all others of that stage become Archived.
   *
   * @throws INVALID_PARAMETER_VALUE for an unknown stage, and for archiving at None or Archived
   */
  transitionStage(
    caller: Caller,
    input: VersionId & { readonly stage: string; readonly archiveExisting: boolean },
  ): Promise<ModelVersion>

  /** Deletes a version for good, with the aliases that name it. Its number never comes again in this model. */
  delete(caller: Caller, input: VersionId): Promise<void>

  /**
   * What `models:/<name>/<version>` is loaded from: where it was registered from for whoever may read that, else the same
   * files by the version's own name, which the right to the model is enough for.
   *
   * @throws RESOURCE_CONFLICT where a file is not what was registered, by what was recorded when it was written
   */
  downloadUri(caller: Caller, input: VersionId): Promise<string>

  setTag(caller: Caller, input: VersionId & Tag): Promise<void>

  /** A tag that is not there is fine. */
  deleteTag(caller: Caller, input: VersionId & { readonly key: string }): Promise<void>

  /** What `MLmodel` says of the version; null for a prompt or where the files are elsewhere. */
  summary(caller: Caller, input: VersionId): Promise<VersionSummary | null>

  /** Who and what hangs on the version. */
  whereUsed(caller: Caller, input: VersionId): Promise<Usage>
}

export interface SearchInput {
  readonly filter?: string | undefined
  readonly maxResults?: number | undefined
  readonly orderBy?: readonly string[] | undefined
  readonly pageToken?: string | undefined
}

export interface RegistrySearch {
  /**
   * Models with tags, aliases and latest versions. Prompts only where the filter asks for them. By name unless told
   * otherwise. At most 1,000, 100 if not given.
   *
   * @throws INVALID_PARAMETER_VALUE for a filter, order, size or token that cannot be read
   */
  models(
    caller: Caller,
    input: SearchInput,
  ): Promise<{
    readonly models: readonly RegisteredModel[]
    readonly nextPageToken?: string
  }>

  /**
   * Versions with tags, without aliases. Those of prompts only where the filter asks for them. Last changed first
   * unless told otherwise, then by name, then highest first. At most and, if not given, 200,000.
   *
   * @throws INVALID_PARAMETER_VALUE for a filter, order, size or token that cannot be read
   */
  versions(
    caller: Caller,
    input: SearchInput,
  ): Promise<{
    readonly versions: readonly ModelVersion[]
    readonly nextPageToken?: string
  }>

  /** Of each asked stage the highest version, with aliases; of every stage if none is named. */
  latestVersions(
    caller: Caller,
    input: ModelName & { readonly stages?: readonly string[] | undefined },
  ): Promise<readonly ModelVersion[]>
}

/** Where a file of a version is, after it was compared with the manifest. */
export interface VersionFile {
  /** For `ArtifactStore.open`: the right to read the model is enough, whoever made the file. */
  readonly key: string
  /** Of the file that was compared: one that is opened with another `etag` has come since. */
  readonly etag: string
  /** As registered; null where the manifest is not `complete`. */
  readonly recorded: ManifestFile | null
}

/** How the files of a version differ from its manifest. All empty: they are what was registered. */
export interface ManifestCheck {
  readonly manifest: ManifestHead
  /** Whether every byte was read, or only what the server recorded when the files were written. */
  readonly deep: boolean
  readonly missing: readonly string[]
  readonly changed: readonly string[]
  /** There now and not in the manifest. */
  readonly added: readonly string[]
}

export interface Manifests {
  /** The manifest by the bytes of its paths, at most 1,000 files a page. */
  list(
    caller: Caller,
    input: VersionId & { readonly pageToken?: string | undefined },
  ): Promise<{
    readonly manifest: ManifestHead
    readonly files: readonly ManifestFile[]
    readonly nextPageToken?: string
  }>

  /**
   * Compares the files with the manifest. `deep` reads every byte, off the loop, at the speed of the disk.
   *
   * @throws INVALID_STATE where the manifest is not `complete`
   */
  check(caller: Caller, input: VersionId & { readonly deep: boolean }): Promise<ManifestCheck>

  /**
   * The place of one file of a version, for `model-versions/get-artifact`. Asks for the right to read the model only.
   *
   * @param input.path canonical (`parseArtifactPath`), relative to the version's folder
   * @throws RESOURCE_DOES_NOT_EXIST where there is no such file
   * @throws RESOURCE_CONFLICT where the file is not what was registered
   * @throws INVALID_PARAMETER_VALUE where the files are outside the store behind this server
   */
  locate(caller: Caller, input: VersionId & { readonly path: string }): Promise<VersionFile>

  /** The advice about a version, by scanner. */
  advice(caller: Caller, input: VersionId): Promise<readonly Advice[]>

  /**
   * Keeps what a scanner said; it replaces what the same scanner said before. Changes nothing else: no verdict lets a
   * version be loaded or keeps it from it.
   *
   * @throws RESOURCE_CONFLICT where `manifestDigest` is not the version's
   */
  advise(
    caller: Caller,
    input: VersionId & {
      readonly scanner: string
      readonly scannerVersion: string
      readonly manifestDigest: string
      readonly verdict: Advice['verdict']
      readonly findings: readonly Finding[]
    },
  ): Promise<void>
}
