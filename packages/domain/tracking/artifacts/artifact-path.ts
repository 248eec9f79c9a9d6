import { invalid, type Problem } from '@orrery/base/kernel'

const MAX_SEGMENTS = 128
const MAX_PATH_BYTES = 1000
const MAX_SEGMENT_BYTES = 255

/** MLflow decodes until nothing changes, at most so often; what still changes then was built to deceive. */
const MAX_DECODINGS = 10

// Control characters are what this looks for.
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/

/**
 * The canonical form of a path that a client gave, after the router has decoded it once. What is checked is what is
 * used: percent-escapes that are left are decoded here, as MLflow does, and never again.
 *
 * Throws MLflow's INVALID_PARAMETER_VALUE "Invalid path" for whatever could mean a place outside the folder that it
 * is put into: `..`, an absolute path, a backslash, a drive letter, `file:`, `~/`, and for what could break a header
 * or a listing: control characters, half characters, `#`, empty segments, more than 1,000 bytes.
 */
export function parseArtifactPath(given: string): string {
  const path = decodeFully(given)
  if (path === '') throw bad('it is empty')
  if (CONTROL.test(path) || !path.isWellFormed())
    throw bad('it holds a control character or half of a character')
  if (path.includes('\\')) throw bad('it holds a backslash; separate folders with "/"')
  if (path.includes('#')) throw bad('it holds "#"')
  if (path.startsWith('/')) throw bad('it is absolute; give it relative to the artifact root')
  if (/^[a-z]:/i.test(path) || /^file:/i.test(path)) throw bad('it names a drive or a scheme')
  if (/^~(\/|$)/.test(path)) throw bad('it starts at a home directory')
  checkSegments(path)
  return path
}

/** As `parseArtifactPath`, where one slash at the end is harmless and nothing at all means the root. */
export function parseArtifactFolder(given: string | undefined): string {
  if (given === undefined || given === '') return ''
  return parseArtifactPath(given.endsWith('/') ? given.slice(0, -1) : given)
}

function checkSegments(path: string): void {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw bad(`it is longer than ${MAX_PATH_BYTES} bytes`)
  const segments = path.split('/')
  if (segments.length > MAX_SEGMENTS) throw bad(`it has more than ${MAX_SEGMENTS} segments`)
  for (const segment of segments) {
    if (segment === '') throw bad('it has an empty segment')
    if (segment === '.' || segment === '..') throw bad(`it has the segment "${segment}"`)
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
      throw bad(`it has a segment of more than ${MAX_SEGMENT_BYTES} bytes`)
    }
  }
}

function decodeFully(given: string): string {
  let path = given
  for (let i = 0; i < MAX_DECODINGS; i++) {
    const decoded = decodeOnce(path)
    if (decoded === path) return path
    path = decoded
  }
  throw bad('it is percent-encoded over and over')
}

/** Unlike `decodeURIComponent` this leaves a lone `%` as it is: `100%.txt` is a name. */
function decodeOnce(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      throw bad('its percent-escapes are not UTF-8')
    }
  })
}

function bad(why: string): Problem {
  return invalid(`Invalid path: ${why}.`)
}
