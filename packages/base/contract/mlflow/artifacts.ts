import { type Declaration, type MlflowTold, mlflow, type Named, raw } from '../declaration.ts'
import { demanded, int64, list, maybe, message, nothing, type TSchema, text } from '../fields.ts'
import { FileInfo } from './entities.ts'
import { runId } from './runs.ts'

/*
 * Two ways to the same files. Clients speak to the proxy (`mlflow-artifacts/…`), which names a file by its path in
 * the store; MLflow's web UI names it by its run or logged model. What answers with signed addresses is `raw`
 * because it needs the host that the client used.
 */

const PROXY = '2.0/mlflow-artifacts'

/** Where a path of the proxy lies, below both faces of the API. */
const proxy = (method: 'GET' | 'PUT' | 'POST', path: string) => ({
  method,
  path: `/api/${PROXY}/${path}`,
  twins: [{ method, path: `/ajax-api/${PROXY}/${path}` }],
})

/** A JSON call of the proxy: MLflow's messages at other addresses than its other calls. */
function proxied<Takes extends TSchema, Gives extends TSchema, const Name extends string>(
  told: MlflowTold<Takes, Gives, Name>,
): Named<Declaration<Takes, Gives, 'mlflow'>, Name> {
  const { method } = told
  const [path, twin] = ['api', 'ajax-api'].map((face) => `/${face}/${PROXY}/${told.path}`)
  return { ...mlflow(told), path: path!, twins: [{ method, path: twin! }] }
}

/** The message at a path of MLflow's usual calls, with a handler that sees streams. */
const both = (method: 'GET' | 'POST', path: string) => ({
  method,
  path: `/api/2.0/mlflow/${path}`,
  twins: [{ method, path: `/ajax-api/2.0/mlflow/${path}` }],
})

const InStore = {
  artifact_path: text('Path in the store, e.g. `<experiment>/<run>/artifacts/model/MLmodel`.'),
}
const OfRun = { ...runId, path: text('Path in the artifacts of the run.') }
const Listing = message({
  root_uri: maybe(text()),
  files: maybe(list(FileInfo)),
  next_page_token: maybe(text()),
})

export const CreateUpload = message({
  ...InStore,
  path: text('Name or path of the file on the client; its last segment becomes the name.'),
  num_parts: int64('1 to 10,000.'),
})
const CreatedUpload = message({
  upload_id: text(),
  credentials: list(message({ url: text(), part_number: int64(), headers: nothing })),
})
const PresignedDownload = message({ url: text(), headers: nothing, file_size: int64('Bytes.') })
export const PresignUpload = message({
  run_id: maybe(text('This or model_id.')),
  model_id: maybe(text()),
  path: text(),
  expiration: maybe(int64('Seconds, 1 to 604,800; 900 if not given.')),
})
export const PresignDownload = message({
  run_id: text(),
  path: text(),
  expiration: maybe(int64('Seconds, 1 to 604,800; 300 if not given.')),
})
const Presigned = message({
  presigned_url: text(),
  headers: nothing,
  file_size: maybe(int64('Bytes.')),
})

export const artifactRoutes = {
  listInStore: raw({
    ...proxy('GET', 'artifacts'),
    name: 'artifacts.list-in-store',
    needs: 'artifact.read',
    orNeeds: 'model.read',
    ofRun: true,
    takes: message({ path: maybe(text('The folder; the root if not given.')) }),
    gives: message({ files: maybe(list(FileInfo)) }),
    summary: 'Lists a folder of the store; names are relative to it.',
  }),
  download: raw({
    ...proxy('GET', 'artifacts/{artifact_path*}'),
    name: 'artifacts.download',
    needs: 'artifact.read',
    orNeeds: 'model.read',
    ofRun: true,
    takes: message(InStore),
    gives: nothing,
    summary: 'Reads a file: bytes, with ranges and ETag.',
  }),
  upload: raw({
    ...proxy('PUT', 'artifacts/{artifact_path*}'),
    name: 'artifacts.upload',
    needs: 'artifact.write',
    ofRun: true,
    takes: message(InStore),
    gives: nothing,
    summary:
      'Stores a file, whole or not at all. Checks Content-MD5, x-amz-checksum-sha256 and Digest if sent.',
  }),
  delete: proxied({
    name: 'artifacts.delete',
    method: 'DELETE',
    path: 'artifacts/{artifact_path*}',
    needs: 'artifact.delete',
    takes: message(InStore),
    gives: nothing,
    summary: 'Deletes a file, or a folder with all that is in it, for good.',
  }),
  createUpload: raw({
    ...proxy('POST', 'mpu/create/{artifact_path*}'),
    name: 'artifacts.create-upload',
    needs: 'artifact.write',
    ofRun: true,
    takes: message(InStore),
    body: CreateUpload,
    gives: CreatedUpload,
    summary: 'Opens an upload in parts and gives a signed address for each.',
  }),
  completeUpload: proxied({
    name: 'artifacts.complete-upload',
    method: 'POST',
    path: 'mpu/complete/{artifact_path*}',
    needs: 'artifact.write',
    ofRun: true,
    takes: message({
      ...InStore,
      path: text(),
      upload_id: text(),
      parts: list(message({ part_number: int64(), etag: text(), url: maybe(text()) })),
    }),
    gives: nothing,
    summary: 'Makes one file of the uploaded parts.',
  }),
  abortUpload: proxied({
    name: 'artifacts.abort-upload',
    method: 'POST',
    path: 'mpu/abort/{artifact_path*}',
    needs: 'artifact.write',
    ofRun: true,
    takes: message({ ...InStore, path: text(), upload_id: text() }),
    gives: nothing,
    summary: 'Forgets an upload in parts.',
  }),
  presignInStore: raw({
    ...proxy('GET', 'presigned/{artifact_path*}'),
    name: 'artifacts.presign-in-store',
    needs: 'artifact.read',
    orNeeds: 'model.read',
    ofRun: true,
    takes: message(InStore),
    gives: PresignedDownload,
    summary: 'Gives a signed address from which a file can be read for five minutes.',
  }),
  list: mlflow({
    name: 'artifacts.list',
    method: 'GET',
    path: 'artifacts/list',
    needs: 'artifact.read',
    ofRun: true,
    takes: message({ ...runId, path: maybe(text()), page_token: maybe(text()) }),
    gives: Listing,
    summary: 'Lists a folder of a run; paths are relative to the run.',
  }),
  presignUpload: raw({
    ...both('POST', 'artifacts/presigned-upload-url'),
    name: 'artifacts.presign-upload',
    needs: 'artifact.write',
    ofRun: true,
    takes: nothing,
    body: PresignUpload,
    gives: Presigned,
    summary: 'Gives a signed address to which a file of a run or logged model can be written.',
  }),
  presignDownload: raw({
    ...both('POST', 'artifacts/presigned-download-url'),
    name: 'artifacts.presign-download',
    needs: 'artifact.read',
    ofRun: true,
    takes: nothing,
    body: PresignDownload,
    gives: Presigned,
    summary: 'Gives a signed address from which a file of a run can be read.',
  }),
  listOfModel: mlflow({
    name: 'artifacts.list-of-model',
    method: 'GET',
    path: 'logged-models/{model_id}/artifacts/directories',
    needs: 'artifact.read',
    ofRun: true,
    takes: message({
      model_id: text(),
      artifact_directory_path: maybe(text()),
      page_token: maybe(text()),
    }),
    gives: Listing,
    summary: 'Lists a folder of a logged model; paths are relative to the model.',
  }),
  downloadOfModel: raw({
    name: 'artifacts.download-of-model',
    method: 'GET',
    path: '/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files',
    needs: 'artifact.read',
    ofRun: true,
    takes: message({ model_id: text(), artifact_file_path: demanded(text()) }),
    gives: nothing,
    summary: 'Reads a file of a logged model.',
  }),
  downloadOfRun: raw({
    name: 'artifacts.download-of-run',
    method: 'GET',
    path: '/get-artifact',
    needs: 'artifact.read',
    ofRun: true,
    takes: message(OfRun),
    gives: nothing,
    summary: 'Reads a file of a run.',
  }),
  uploadToRun: raw({
    name: 'artifacts.upload-to-run',
    method: 'POST',
    path: '/ajax-api/2.0/mlflow/upload-artifact',
    needs: 'artifact.write',
    ofRun: true,
    takes: message({ run_uuid: demanded(text()), path: demanded(text()) }),
    gives: nothing,
    summary: 'Stores a file of at most 10 MB in a run.',
  }),
  downloadSigned: raw({
    name: 'artifacts.download-signed',
    method: 'GET',
    path: '/api/orrery/v1/signed-artifacts',
    needs: 'public', // the signature is the permission
    takes: message({ grant: text() }),
    gives: nothing,
    summary: 'Reads the one file that a signed address is for.',
  }),
  uploadSigned: raw({
    name: 'artifacts.upload-signed',
    method: 'PUT',
    path: '/api/orrery/v1/signed-artifacts',
    needs: 'public', // the signature is the permission
    takes: message({ grant: text() }),
    gives: nothing,
    summary: 'Writes the one file that a signed address is for.',
  }),
  uploadSignedPart: raw({
    name: 'artifacts.upload-signed-part',
    method: 'PUT',
    path: '/api/orrery/v1/signed-artifacts/parts',
    needs: 'public', // the signature is the permission
    takes: message({ grant: text() }),
    gives: nothing,
    summary: 'Writes the one part of an upload that a signed address is for.',
  }),
}
