import type { ManifestHead } from '../model-version.ts'
import type { FoundVersion } from '../versions/find-version.ts'

export function manifestHead(version: FoundVersion): ManifestHead {
  return {
    state: version.manifestState,
    digest: version.manifestDigest,
    files: version.manifestFiles,
    bytes: version.manifestBytes,
  }
}
