import type { Caller } from '@orrery/base/kernel'
import type { Entry } from '@orrery/drivers/artifacts'
import type { Reads } from '@orrery/drivers/db'

/** Below this, the registry keeps the files of imported versions: `registry/<folder>/artifacts`. */
export const REGISTRY = 'registry'

/**
 * Whose folder of the registry it is; undefined where it is nobody's in the caller's workspace.
 *
 * @returns what events call the owner, and the key of its model, which the caller must be allowed to read
 */
export type FindVersionFolder = (
  reads: Reads,
  caller: Caller,
  folderId: string,
) => Promise<{ readonly owner: string; readonly model: number } | undefined>

/** The folder's id where the path of an owner's folder, without `artifacts`, is one of the registry's. */
export function versionFolderOf(above: readonly string[]): string | undefined {
  return above.length === 2 && above[0] === REGISTRY ? above[1] : undefined
}

/** A place in a registered version: `registry/versions/<key>/artifacts/<path>`, wherever its files lie. */
export interface InVersion {
  readonly version: number
  /** Below the version; empty for the version itself. */
  readonly path: string
}

/**
 * The files of versions by the version's own name, for whoever may read its model and not the run or logged model that it was
 * registered from. They are as they were registered, and nothing is written there.
 */
export interface VersionFiles {
  /**
   * @throws RESOURCE_DOES_NOT_EXIST where there is no such file or version, also for whoever may not read the model
   * @throws RESOURCE_CONFLICT where the file is not what was registered
   */
  locate(caller: Caller, at: InVersion): Promise<{ readonly key: string; readonly etag: string }>

  /** The direct children of a folder, by name. A folder that does not exist is empty. */
  list(caller: Caller, at: InVersion): Promise<readonly Entry[]>
}

const IN_VERSION = new RegExp(`^${REGISTRY}/versions/([1-9][0-9]{0,15})/artifacts(?:/(.+))?$`)

/** Undefined for every other path of the store. @param path canonical, without the workspace */
export function inVersionOf(path: string): InVersion | undefined {
  const found = IN_VERSION.exec(path)
  return found === null ? undefined : { version: Number(found[1]), path: found[2] ?? '' }
}

/** Where a version's files are for whoever may read its model. */
export const locationOfVersion = (version: number) =>
  `mlflow-artifacts:/${REGISTRY}/versions/${version}/artifacts`
