import { invalid } from '@orrery/base/kernel'
import { parseArtifactFolder, parseArtifactPath } from '@orrery/domain/tracking'
import { type ArtifactMeans, download, type Handlers, written } from './artifact-answers.ts'
import { fileOf } from './artifact-body.ts'
import { expectationOf } from './artifact-checksums.ts'
import { answerListing } from './artifact-listing.ts'

type Names = 'listInStore' | 'download' | 'upload' | 'delete'

/** The proxy: files by their path in the store, as clients name them. */
export function proxyHandlers({ artifacts }: ArtifactMeans): Handlers<Names> {
  return {
    listInStore: async (caller, { input }) => {
      const folder = parseArtifactFolder(input.path)
      return answerListing((page) => artifacts.listArtifacts(caller, folder, page))
    },
    download: async (caller, request) =>
      download(artifacts, caller, parseArtifactPath(request.input.artifact_path), request),
    upload: async (caller, request) => {
      const path = parseArtifactPath(request.input.artifact_path)
      const expect = expectationOf(request.headers)
      return written(await artifacts.writeArtifact(caller, path, fileOf(request), expect))
    },
    delete: async (caller, { artifact_path }) => {
      const path = parseArtifactFolder(artifact_path)
      if (path === '') throw invalid('Invalid path: the root cannot be deleted.')
      await artifacts.deleteArtifact(caller, path)
      return {}
    },
  }
}
