import { type Caller, invalid } from '@orrery/base/kernel'
import { findLoggedModel } from '../logged-models/find-logged-model.ts'
import { findRun } from '../runs/find-run.ts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { storePathOf } from './artifact-location.ts'

/** Whose artifacts, by id instead of by path. */
export type OwnerId = { readonly runId: string } | { readonly modelId: string }

/** Where an owner's artifacts are. */
export interface ArtifactRoot {
  readonly uri: string
  /** In the store behind this server. */
  readonly path: string
}

/**
 * Throws RESOURCE_DOES_NOT_EXIST for an unknown owner and INVALID_PARAMETER_VALUE where the artifacts are in another
 * store: the server holds no credentials for it and never opens addresses that clients wrote.
 */
export function makeFindRoot({ db }: Pick<ArtifactDeps, 'db'>) {
  return async function findRoot(caller: Caller, of: OwnerId): Promise<ArtifactRoot> {
    const { artifactUri: uri } =
      'runId' in of
        ? await findRun(db.read, caller, of.runId)
        : await findLoggedModel(db.read, caller, of.modelId)
    const path = storePathOf(uri)
    if (path !== undefined) return { uri, path }
    throw invalid(
      `These artifacts are at '${uri}', outside the store behind this server, which does not open other stores.`,
      'Read them with a client that has credentials for that store.',
    )
  }
}

/** A path below a root, as the other verbs take it. */
export function below(root: ArtifactRoot, path: string): string {
  return path === '' ? root.path : `${root.path}/${path}`
}
