import type { IncomingHttpHeaders } from 'node:http'
import type { FileFacts, OpenFile } from '@orrery/drivers/artifacts'
import type { RawAnswer, RawRequest } from '../kit/index.ts'
import { parseRange } from './artifact-range.ts'
import { contentTypeOf, dispositionOf } from './artifact-types.ts'

/**
 * A stored HTML file must not become a page of this server: it is an attachment, of a type that is not HTML, and if
 * it is opened all the same it runs nothing and has no origin.
 */
const HARMLESS = {
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** Answers GET and HEAD for an open file: conditions first, then the range. */
export async function answerFile(
  file: OpenFile,
  path: string,
  { method, headers }: Pick<RawRequest<unknown>, 'method' | 'headers'>,
): Promise<RawAnswer> {
  const { facts } = file
  const known = {
    ...HARMLESS,
    etag: quoted(facts),
    'last-modified': new Date(facts.modifiedAtMs).toUTCString(),
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    'content-type': contentTypeOf(path),
    'content-disposition': dispositionOf(path),
  }
  if (isKnown(headers, facts)) {
    await file.close()
    return { status: 304, headers: { ...known, 'content-length': String(facts.size) } }
  }
  const range = isSame(headers['if-range'], facts) ? parseRange(headers.range, facts.size) : 'whole'
  if (range === 'unsatisfiable') {
    await file.close()
    return unsatisfiable(facts.size)
  }
  const { start, end } = range === 'whole' ? { start: 0, end: facts.size } : range
  const partial: Record<string, string> =
    range === 'whole' ? {} : { 'content-range': `bytes ${start}-${end - 1}/${facts.size}` }
  const answer = {
    status: range === 'whole' ? 200 : 206,
    headers: { ...known, ...partial, 'content-length': String(end - start) },
  }
  if (method !== 'HEAD') return { ...answer, body: file.bytes({ start, end }, { toPipe: true }) }
  await file.close()
  return answer
}

const quoted = ({ etag }: FileFacts) => `"${etag}"`

/** Whether the client has this content already. An etag outweighs a date, which only counts seconds. */
function isKnown(headers: IncomingHttpHeaders, facts: FileFacts): boolean {
  const etags = headers['if-none-match']
  if (etags !== undefined) {
    const named = etags.split(',').map((etag) => etag.trim().replace(/^W\//, ''))
    return named.includes('*') || named.includes(quoted(facts))
  }
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return Math.floor(facts.modifiedAtMs / 1000) * 1000 <= since
}

/** Whether a range still belongs to what the client has the rest of. A date is too coarse to trust. */
function isSame(ifRange: string | string[] | undefined, facts: FileFacts): boolean {
  return ifRange === undefined || ifRange === quoted(facts)
}

function unsatisfiable(size: number): RawAnswer {
  const message = `The asked byte range lies outside the file, which has ${size} bytes.`
  return {
    status: 416,
    headers: { 'content-type': 'application/json; charset=utf-8', 'content-range': `bytes */${size}` },
    body: JSON.stringify({ error_code: 'RANGE_NOT_SATISFIABLE', message }),
  }
}
