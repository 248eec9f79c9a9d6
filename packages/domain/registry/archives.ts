import type { Caller } from '@orrery/base/kernel'
import type { Body } from '@orrery/drivers/artifacts'
import type { ManifestFile, VersionStatus, VersionType } from './model-version.ts'
import type { Alias, ModelKind, Tag } from './registered-model.ts'
import type { Stage } from './stages.ts'

/*
 * An archive is a tar file (POSIX pax, plain or gzip) with `orrery-model.json` as its first entry and the files of
 * each version below `versions/<number>/`. Nothing in it is believed: numbers are given anew, digests computed.
 */
export const ARCHIVE_INDEX = 'orrery-model.json'
export const ARCHIVE_FORMAT = 'orrery-model/1'

/** The first entry, as JSON. Fields that a later format adds are refused by name, not dropped. */
export interface ArchiveIndex {
  readonly format: typeof ARCHIVE_FORMAT
  readonly model: {
    readonly name: string
    readonly kind: ModelKind
    readonly description: string | null
    readonly tags: readonly Tag[]
    readonly aliases: readonly Alias[]
  }
  readonly versions: readonly ArchivedVersion[]
}

export interface ArchivedVersion {
  readonly version: number
  readonly stage: Stage
  readonly status: VersionStatus
  readonly type: VersionType
  readonly description: string | null
  /** Where it came from there; here it is text and never opened. */
  readonly source: string
  readonly runId: string
  readonly modelId: string
  readonly createdAt: number
  readonly tags: readonly Tag[]
  /** Every file of the version that follows; empty for a prompt. */
  readonly files: readonly ManifestFile[]
}

export interface Archive {
  /** For Content-Disposition: ASCII letters, digits, `-`, `_` and `.` only. */
  readonly fileName: string
  /**
   * Plain tar, made while it is read. A file that is not what was registered breaks it off before its end marker, so
   * that no reader takes it for whole.
   */
  readonly body: AsyncIterable<Uint8Array>
}

export interface Imported {
  readonly name: string
  /** Whether the model was made by this call. */
  readonly created: boolean
  readonly versions: readonly { readonly archived: number; readonly version: number }[]
}

export interface Archives {
  /**
   * A model with all its versions, or one version, as one archive.
   *
   * @param input.version all if left out
   * @throws INVALID_STATE, before the first byte, where there is no version, where a version's manifest is neither
   *   `complete` nor, for a prompt, `empty`, and where no import would take the archive: names that differ in case only,
   *   more than `ARCHIVE_LIMITS` allow
   * @throws RESOURCE_CONFLICT, before the first byte, where recorded files are not what was registered
   */
  export(
    caller: Caller,
    input: { readonly name: string; readonly version?: string | undefined },
  ): Promise<Archive>

  /**
   * Makes versions of an archive, all of them or none. A model that is new here keeps the archive's numbers, tags,
   * aliases and description; an existing one only gets its next numbers. The files become the registry's own. Stages
   * are kept for a new model and are None otherwise. What the files are is found out anew; where a version came from
   * stands in its tags `orrery.imported.run_id`, `.model_id` and `.source`.
   *
   * @param input.name the archive's if left out
   * @throws INVALID_PARAMETER_VALUE for what is no such archive, breaks an extraction rule or a digest (says which
   *   entry), and for more than `ARCHIVE_LIMITS` allow
   * @throws RESOURCE_ALREADY_EXISTS where a prompt has the name of a model or the other way round, and where the name is
   *   that of a model that the caller may not read
   * @throws RESOURCE_CONFLICT where nothing came for so long that the claimed folders were given up
   */
  import(
    caller: Caller,
    input: { readonly name?: string | undefined; readonly body: Body },
  ): Promise<Imported>
}
