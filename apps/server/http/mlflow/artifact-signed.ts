import { PresignDownload, PresignUpload } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import { type OwnerId, parseArtifactPath } from '@orrery/domain/tracking'
import { type ArtifactMeans, type Handlers, pathIn, secretJson, written } from './artifact-answers.ts'
import { fileOf, jsonReader } from './artifact-body.ts'
import { expectationOf } from './artifact-checksums.ts'
import { answerFile } from './artifact-download.ts'

type Asked = 'presignInStore' | 'presignUpload' | 'presignDownload'
type Used = 'downloadSigned' | 'uploadSigned' | 'uploadSignedPart'

/** MLflow's lives of signed addresses, in seconds. */
const DOWNLOAD_LIFE_SECONDS = 300
const UPLOAD_LIFE_SECONDS = 900

const readPresignUpload = jsonReader(PresignUpload)
const readPresignDownload = jsonReader(PresignDownload)

/** Gives out signed addresses. */
export function presignHandlers({ artifacts, addressOf }: ArtifactMeans): Handlers<Asked> {
  return {
    presignInStore: async (caller, request) => {
      const path = parseArtifactPath(request.input.artifact_path)
      const { access, size } = await artifacts.presignDownload(caller, path, DOWNLOAD_LIFE_SECONDS)
      return secretJson({ ...addressOf(caller, request.origin, access), file_size: size })
    },
    presignUpload: async (caller, request) => {
      const { run_id, model_id, path, expiration = UPLOAD_LIFE_SECONDS } = await readPresignUpload(request)
      const target = await pathIn(artifacts, caller, ownerOf(run_id, model_id), path)
      const access = await artifacts.presignUpload(caller, target, expiration)
      const { url, headers } = addressOf(caller, request.origin, access)
      return secretJson({ presigned_url: url, headers })
    },
    presignDownload: async (caller, request) => {
      const { run_id, path, expiration = DOWNLOAD_LIFE_SECONDS } = await readPresignDownload(request)
      const target = await pathIn(artifacts, caller, { runId: run_id }, path)
      const { access, size } = await artifacts.presignDownload(caller, target, expiration)
      const { url, headers } = addressOf(caller, request.origin, access)
      return secretJson({ presigned_url: url, headers, file_size: size })
    },
  }
}

/** Serves signed addresses. Their caller is a stranger; the signature says what is allowed. */
export function signedHandlers({ artifacts }: ArtifactMeans): Handlers<Used> {
  return {
    downloadSigned: async (caller, request) => {
      const { file, path } = await artifacts.openGranted(caller, request.input.grant)
      return answerFile(file, path, request)
    },
    uploadSigned: async (caller, request) => {
      const expect = expectationOf(request.headers)
      return written(await artifacts.writeGranted(caller, request.input.grant, fileOf(request), expect))
    },
    uploadSignedPart: async (caller, request) => {
      const expect = expectationOf(request.headers)
      return written(await artifacts.putPart(caller, request.input.grant, fileOf(request), expect))
    },
  }
}

function ownerOf(runId: string | undefined, modelId: string | undefined): OwnerId {
  if (runId && !modelId) return { runId }
  if (modelId && !runId) return { modelId }
  throw invalid('Exactly one of run_id and model_id must be provided.')
}
