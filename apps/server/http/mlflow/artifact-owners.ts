import { Readable } from 'node:stream'
import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import { below, type OwnerId, parseArtifactFolder } from '@orrery/domain/tracking'
import { type ArtifactMeans, download, type Handlers, pathIn, written } from './artifact-answers.ts'
import { collect, refusePieces } from './artifact-body.ts'
import { expectationOf } from './artifact-checksums.ts'
import { LISTING_PAGE, readToken, wireFile, writeToken } from './artifact-listing.ts'

type Names = 'list' | 'listOfModel' | 'downloadOfRun' | 'downloadOfModel' | 'uploadToRun'

/** MLflow's limit for what its web UI uploads. */
const UI_UPLOAD_BYTES = 10 * 1024 * 1024

/** Files by their run or logged model, as MLflow's web UI names them. */
export function ownerHandlers({ artifacts }: ArtifactMeans): Handlers<Names> {
  async function listOf(caller: Caller, of: OwnerId, given: string | undefined, token: string | undefined) {
    const folder = parseArtifactFolder(given)
    const root = await artifacts.findRoot(caller, of)
    const page = { ...readToken(token), limit: LISTING_PAGE }
    const { entries, next } = await artifacts.listArtifacts(caller, below(root, folder), page)
    return {
      root_uri: root.uri,
      files: entries.map((entry) => wireFile(entry, folder)),
      next_page_token: writeToken(next),
    }
  }

  return {
    list: (caller, { run_id, path, page_token }) => listOf(caller, { runId: run_id }, path, page_token),
    listOfModel: (caller, { model_id, artifact_directory_path, page_token }) =>
      listOf(caller, { modelId: model_id }, artifact_directory_path, page_token),
    downloadOfRun: async (caller, request) => {
      const { run_id, path } = request.input
      return download(artifacts, caller, await pathIn(artifacts, caller, { runId: run_id }, path), request)
    },
    downloadOfModel: async (caller, request) => {
      const { model_id, artifact_file_path: file } = request.input
      if (!file) {
        throw new Problem('BAD_REQUEST', 'Request must include the "artifact_file_path" query parameter.')
      }
      return download(
        artifacts,
        caller,
        await pathIn(artifacts, caller, { modelId: model_id }, file),
        request,
      )
    },
    uploadToRun: async (caller, request) => {
      const { run_uuid, path } = request.input
      if (!run_uuid) throw invalid('Request must specify run_uuid.')
      if (!path) throw invalid('Request must specify path.')
      refusePieces(request.headers)
      const target = await pathIn(artifacts, caller, { runId: run_uuid }, path)
      const data = await collect(request, UI_UPLOAD_BYTES, () =>
        invalid('Artifact size is too large. Max size is 10MB.'),
      )
      if (data.length === 0) throw invalid('Request must specify data.')
      const expect = expectationOf(request.headers)
      return written(await artifacts.writeArtifact(caller, target, Readable.from([data]), expect))
    },
  }
}
