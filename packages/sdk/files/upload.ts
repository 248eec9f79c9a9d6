import type { CallOptions, RawBody } from '../call.ts'
import type { Calls } from '../calls.ts'
import type { Connection } from '../connection.ts'
import { below, type FileOwner, type FindRoot } from './find-root.ts'
import { makeUploadParts } from './upload-parts.ts'

/** What a file is made of. A function is called when its turn comes, and again for a repeat. */
export type FileBody = RawBody

export interface UploadOptions extends CallOptions {
  /** Bytes of a part, and from how many on a file goes in parts; 64 MiB if not given. */
  readonly partBytes?: number | undefined
  /** Parts of a file at a time; 4 if not given. */
  readonly partsAtOnce?: number | undefined
}

export interface UploadedFile {
  /** Relative to the run or logged model. */
  readonly path: string
  /** Bytes; undefined for streams. */
  readonly size: number | undefined
}

export type Upload = (
  owner: FileOwner,
  path: string,
  body: FileBody,
  options?: UploadOptions,
) => Promise<UploadedFile>

const PART_BYTES = 64 * 1024 * 1024
const PARTS_AT_ONCE = 4

export function makeUpload(calls: Calls, connection: Connection, findRoot: FindRoot): Upload {
  const uploadParts = makeUploadParts(calls, connection)
  return async function upload(
    owner,
    path,
    body,
    { partBytes = PART_BYTES, partsAtOnce = PARTS_AT_ONCE, ...options } = {},
  ) {
    options.signal?.throwIfAborted()
    const target = below(await findRoot(owner, options), path)
    // Opened once to see how long it is; a function that gives a stream is asked again for each attempt.
    const opened = typeof body === 'function' ? await body() : body
    if (opened instanceof ReadableStream) {
      const again = typeof body === 'function' ? reopening(opened, body) : opened
      await put(calls, target, again, options)
      return { path, size: undefined }
    }
    const blob = opened instanceof Blob ? opened : undefined
    const size =
      blob?.size ?? (typeof opened === 'string' ? utf8Length(opened) : (opened as Uint8Array).byteLength)
    if (size > partBytes)
      await uploadParts(target, blob ?? new Blob([opened]), { partBytes, partsAtOnce }, options)
    else await put(calls, target, opened, options)
    return { path, size }
  }
}

async function put(calls: Calls, artifact_path: string, body: RawBody, options: CallOptions): Promise<void> {
  const answer = await calls.artifacts.upload({ artifact_path }, { ...options, body })
  // Read to its end, so that the connection is free for the next one.
  await answer.text()
}

/** The stream that is open already for the first attempt, new ones for the others. */
function reopening(first: ReadableStream<Uint8Array>, open: Extract<RawBody, () => unknown>) {
  let isFirst = true
  return async () => {
    if (!isFirst) return open()
    isFirst = false
    return first
  }
}

const encoder = new TextEncoder()
const utf8Length = (text: string) => encoder.encode(text).byteLength
