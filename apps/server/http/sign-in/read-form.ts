import { Problem } from '@orrery/base/kernel'
import type { RawRequest } from '../kit/index.ts'

const TYPE = 'application/x-www-form-urlencoded'

/** The one value of a field; empty where it is missing, and where it is there twice. */
export type Form = (name: string) => string

/**
 * Reads a form as browsers send it.
 *
 * Throws INVALID_PARAMETER_VALUE for another content type and REQUEST_TOO_LARGE at the limit.
 */
export async function readForm(
  { headers, body }: Pick<RawRequest<unknown>, 'headers' | 'body'>,
  limitBytes: number,
): Promise<Form> {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type !== TYPE) throw new Problem('INVALID_PARAMETER_VALUE', `Content-Type must be ${TYPE}.`)
  const chunks: Buffer[] = []
  let bytes = 0
  // The connection must outlive a refusal, or nobody hears of it.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limitBytes) {
      throw new Problem(
        'REQUEST_TOO_LARGE',
        `The form is larger than the ${limitBytes} bytes that it may have.`,
      )
    }
    chunks.push(chunk)
  }
  const fields = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
  return (name) => {
    const values = fields.getAll(name)
    return values.length === 1 ? values[0]! : ''
  }
}
