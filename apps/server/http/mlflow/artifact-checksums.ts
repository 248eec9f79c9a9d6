import type { IncomingHttpHeaders } from 'node:http'
import { invalid } from '@orrery/base/kernel'
import type { Expectation } from '@orrery/drivers/artifacts'

const MD5_BYTES = 16
const SHA256_BYTES = 32

/**
 * What the sender says about the body: `Content-Length`, `Content-MD5`, `x-amz-checksum-sha256`, and SHA-256 in
 * `Digest`, `Content-Digest` or `Repr-Digest`. Throws INVALID_PARAMETER_VALUE for a checksum that is none.
 */
export function expectationOf(headers: IncomingHttpHeaders): Expectation {
  const length = headers['content-length']
  const md5 = one(headers, 'content-md5')
  const sha256 = sha256Of(headers)
  return {
    ...(length === undefined ? {} : { size: Number(length) }),
    ...(md5 === undefined ? {} : { md5: toHex('content-md5', md5, MD5_BYTES) }),
    ...(sha256 === undefined ? {} : { sha256: toHex(sha256.header, sha256.value, SHA256_BYTES) }),
  }
}

function sha256Of(headers: IncomingHttpHeaders): { header: string; value: string } | undefined {
  const amazon = one(headers, 'x-amz-checksum-sha256')
  if (amazon !== undefined) return { header: 'x-amz-checksum-sha256', value: amazon }
  for (const header of ['digest', 'content-digest', 'repr-digest']) {
    // `SHA-256=<base64>` in RFC 3230, `sha-256=:<base64>:` in RFC 9530; others in the list are left alone.
    const value = /(?:^|,)\s*sha-256=:?([^:,\s]*)/i.exec(one(headers, header) ?? '')?.[1]
    if (value !== undefined) return { header, value }
  }
  return undefined
}

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function toHex(header: string, base64: string, bytes: number): string {
  const decoded = Buffer.from(base64, 'base64')
  if (decoded.length === bytes && decoded.toString('base64') === base64) return decoded.toString('hex')
  throw invalid(`The header ${header} does not hold ${bytes} bytes in base64.`)
}
