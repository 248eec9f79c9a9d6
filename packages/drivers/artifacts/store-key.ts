import { invalid } from '@orrery/base/kernel'

const MAX_KEY_BYTES = 1024
const MAX_SEGMENT_BYTES = 255
export const MAX_PARTS = 10_000

// Control characters are what this looks for.
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const FORBIDDEN = /[\x00-\x1f\x7f\\]/

/** The segments of a key that keeps the rules of `ArtifactStore`. Throws INVALID_PARAMETER_VALUE. */
export function parseKey(key: string): string[] {
  if (key === '') throw invalid('Invalid path: it is empty.')
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw invalid(`Invalid path: it is longer than ${MAX_KEY_BYTES} bytes, counted with its owner's part.`)
  }
  if (FORBIDDEN.test(key) || !key.isWellFormed()) {
    throw invalid('Invalid path: it holds a backslash, a control character or half of a character.')
  }
  const segments = key.split('/')
  if (segments[0]!.startsWith('.')) throw invalid('Invalid path: its first segment starts with a dot.')
  for (const segment of segments) checkSegment(segment)
  return segments
}

/** As `parseKey`, and `''` is the root. */
export function parseFolder(folder: string): string[] {
  return folder === '' ? [] : parseKey(folder)
}

function checkSegment(segment: string): void {
  if (segment === '' || segment === '.' || segment === '..') {
    throw invalid(`Invalid path: a segment is '${segment}'.`)
  }
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
    throw invalid(`Invalid path: a segment is longer than ${MAX_SEGMENT_BYTES} bytes.`)
  }
}

/** Throws INVALID_PARAMETER_VALUE unless it is a whole number from 1 to 10,000. */
export function checkPartNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return
  throw invalid(`Part numbers run from 1 to ${MAX_PARTS}, not '${number}'.`)
}

/**
 * Compares by UTF-8 bytes. JavaScript's own order differs above U+FFFF: a surrogate (0xD800 and up) sorts before
 * U+E000, although the character that it begins comes after. Moving the surrogates to the end mends that.
 */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

const rank = (unit: number) => (unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000)
