import type { fields } from '@orrery/base/contract'
import { protoJson } from '@orrery/base/formats'
import { invalid, Problem } from '@orrery/base/kernel'
import type { RawRequest } from '../kit/index.ts'

const JSON_LIMIT_BYTES = 1024 * 1024

/**
 * The body of an upload, for reading once. Leaving early must not cut the connection, or the client would see a
 * reset instead of the refusal.
 */
export function bodyOf({ body }: RawRequest<unknown>): AsyncIterable<Uint8Array> {
  return body.iterator({ destroyOnReturn: false })
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
