import { REGISTRY } from '../../tracking/index.ts'

/** Where the registry keeps the files of an imported version: a path in the store, without the workspace. */
export const ownFolder = (folderId: string) => `${REGISTRY}/${folderId}/artifacts`

/** What the version's `storage_location` says. */
export const ownLocation = (folderId: string) => `mlflow-artifacts:/${ownFolder(folderId)}`
