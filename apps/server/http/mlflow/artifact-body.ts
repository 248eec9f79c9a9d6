import type { IncomingHttpHeaders } from 'node:http'
import type { fields } from '@orrery/base/contract'
import { protoJson } from '@orrery/base/formats'
import { invalid, Problem } from '@orrery/base/kernel'
import type { Body } from '@orrery/drivers/artifacts'
import { freeBlock, type RawRequest } from '../kit/index.ts'

const JSON_LIMIT_BYTES = 1024 * 1024

/**
 * The body of an upload, for reading once. Leaving early must not cut the connection, or the client would see a
 * reset instead of the refusal.
 */
export function bodyOf({ body }: RawRequest<unknown>): Body {
  return { [Symbol.asyncIterator]: () => body.iterator({ destroyOnReturn: false }), release: freeBlock }
}

/**
 * The body of an upload, where the body must be the file: a part of one, or one packed by the sender, would be stored
 * under a name that promises something else. Throws INVALID_PARAMETER_VALUE.
 */
export function fileOf(request: RawRequest<unknown>): Body {
  refusePieces(request.headers)
  return bodyOf(request)
}

/** RFC 9110 asks for 400 where `Content-Range` comes with a PUT that cannot write a part (section 14.5). */
export function refusePieces(headers: IncomingHttpHeaders): void {
  if (headers['content-range'] !== undefined) {
    throw invalid(
      'An upload with the header Content-Range is a part of a file, and files are stored as a whole.',
      'Send the whole file, or its parts by way of mlflow-artifacts/mpu/create.',
    )
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return
  throw invalid(
    `The header Content-Encoding is '${encoding.slice(0, 100)}', and files are stored as they are sent.`,
    'Send the file without Content-Encoding; to keep it compressed, give it a name that says so, such as f.txt.gz.',
  )
}

/** All of a body, where it must be short. @param tooLong what to throw beyond the limit */
export async function collect(
  request: RawRequest<unknown>,
  limitBytes: number,
  tooLong: () => Problem,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLong()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyOf(request)) {
    size += chunk.byteLength
    if (size > limitBytes) throw tooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The JSON message of a route that must see its request's headers as well. */
export function jsonReader<Message extends fields.TSchema>(message: Message) {
  const codec = protoJson(message as never, { type: 'object', properties: {} })
  return async function readJson(
    request: RawRequest<unknown>,
    params: Readonly<Record<string, string>> = {},
  ): Promise<fields.Static<Message>> {
    const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
    if (type !== 'application/json') {
      throw invalid("Bad Request. Content-Type must be one of ['application/json'].")
    }
    const body = await collect(request, JSON_LIMIT_BYTES, () => {
      return new Problem('REQUEST_TOO_LARGE', `This call takes at most ${JSON_LIMIT_BYTES} bytes.`)
    })
    return codec.decode({ params, body }) as fields.Static<Message>
  }
}
