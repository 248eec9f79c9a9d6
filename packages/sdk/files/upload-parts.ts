import { artifactRoutes } from '@orrery/base/contract'
import type { CallOptions } from '../call.ts'
import type { Calls } from '../calls.ts'
import type { Connection } from '../connection.ts'
import { OrreryError } from '../orrery-error.ts'
import { send } from '../send.ts'
import { severalAtOnce } from './several-at-once.ts'

const MOST_PARTS = 10_000
const ABORT_TIMEOUT_MS = 10_000

/**
 * @param target path in the store
 * @param how.partBytes at least; more where there would be too many parts
 */
export type UploadParts = (
  target: string,
  blob: Blob,
  how: { readonly partBytes: number; readonly partsAtOnce: number },
  options: CallOptions,
) => Promise<void>

/** Uploads in parts: create, the parts at signed addresses, complete. A failure forgets what was stored. */
export function makeUploadParts(calls: Calls, connection: Connection): UploadParts {
  return async function uploadParts(target, blob, { partBytes, partsAtOnce }, options) {
    const slash = target.lastIndexOf('/')
    const where = { artifact_path: target.slice(0, slash), path: target.slice(slash + 1) }
    const size = Math.max(partBytes, Math.ceil(blob.size / MOST_PARTS))
    const num_parts = Math.ceil(blob.size / size)
    const { upload_id, credentials } = await calls.artifacts.createUpload({ ...where, num_parts }, options)
    try {
      const parts: { part_number: number; etag: string }[] = []
      await severalAtOnce(
        credentials,
        partsAtOnce,
        options.signal,
        async ({ url, part_number, headers }, signal) => {
          const body = blob.slice((part_number - 1) * size, part_number * size)
          const etag = await putPart(
            connection,
            { url, headers: headers as Record<string, string>, body },
            { ...options, signal },
          )
          parts.push({ part_number, etag })
        },
      )
      parts.sort((a, b) => a.part_number - b.part_number)
      await calls.artifacts.completeUpload({ ...where, upload_id, parts }, options)
    } catch (error) {
      await forget(calls, { ...where, upload_id }, options)
      throw error
    }
  }
}

interface Part {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Blob
}

function putPart(
  connection: Connection,
  { url, headers, body }: Part,
  options: CallOptions,
): Promise<string> {
  const row = artifactRoutes.uploadSignedPart
  const sent = { row, method: row.method, path: { signed: url }, headers, body }
  return send(
    connection,
    sent,
    async (response) => {
      await response.text()
      const etag = response.headers.get('etag')
      if (etag !== null) return etag
      throw new OrreryError('NOT_ORRERY', `The answer to ${row.name} has no ETag.`, {
        call: row.name,
        status: response.status,
        hint: 'A proxy may have taken it out.',
      })
    },
    { signal: options.signal, timeoutMs: options.timeoutMs },
  )
}

/** The server would forget it by itself after a week. The caller hears of the first failure, not of this one. */
async function forget(
  { artifacts }: Calls,
  upload: Parameters<Calls['artifacts']['abortUpload']>[0],
  { workspace }: CallOptions,
): Promise<void> {
  await artifacts.abortUpload(upload, { workspace, timeoutMs: ABORT_TIMEOUT_MS }).catch(() => {})
}
