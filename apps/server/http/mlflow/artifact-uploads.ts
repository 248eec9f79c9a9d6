import { CreateUpload } from '@orrery/base/contract'
import { parseArtifactFolder, parseArtifactPath } from '@orrery/domain/tracking'
import { type ArtifactMeans, type Handlers, secretJson } from './artifact-answers.ts'
import { jsonReader } from './artifact-body.ts'

type Names = 'createUpload' | 'completeUpload' | 'abortUpload'

const readCreateUpload = jsonReader(CreateUpload)

/** Uploads in parts. The parts themselves go to signed addresses. */
export function uploadHandlers({ artifacts, addressOf }: ArtifactMeans): Handlers<Names> {
  return {
    createUpload: async (caller, request) => {
      const { artifact_path } = request.input
      const { path, num_parts } = await readCreateUpload(request, { artifact_path })
      const { uploadId, parts } = await artifacts.createUpload(
        caller,
        targetOf(artifact_path, path),
        num_parts,
      )
      const credentials = parts.map(({ number, access }) => ({
        ...addressOf(caller, request.origin, access, '/parts'),
        part_number: number,
      }))
      return secretJson({ upload_id: uploadId, credentials })
    },
    completeUpload: async (caller, { artifact_path, path, upload_id, parts }) => {
      const named = parts.map(({ part_number, etag }) => ({ number: part_number, etag: bare(etag) }))
      await artifacts.completeUpload(caller, targetOf(artifact_path, path), upload_id, named)
      return {}
    },
    abortUpload: async (caller, { artifact_path, path, upload_id }) => {
      await artifacts.abortUpload(caller, targetOf(artifact_path, path), upload_id)
      return {}
    },
  }
}

/** The URL names the folder; the client's own path of the file, on whatever system, gives the name. */
function targetOf(folder: string, clientPath: string): string {
  const name = clientPath.slice(Math.max(clientPath.lastIndexOf('/'), clientPath.lastIndexOf('\\')) + 1)
  const parsed = parseArtifactFolder(folder)
  return parseArtifactPath(parsed === '' ? name : `${parsed}/${name}`)
}

const bare = (etag: string) => etag.replace(/^"(.*)"$/, '$1')
