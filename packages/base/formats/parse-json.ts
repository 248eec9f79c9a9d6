import { invalid, Problem } from '@orrery/base/kernel'

/** Nothing in any message is deeper than a handful of levels; what is, was made to hurt. */
const MOST_LEVELS = 100

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a body as JSON. Refuses bytes that are not UTF-8, NUL and lone surrogates in any text, and values nested
 * deeper than 100 levels where a message would pass over them.
 *
 * Throws BAD_REQUEST if it is not JSON, INVALID_PARAMETER_VALUE for the texts.
 */
export function parseJson(body: Uint8Array): unknown {
  const text = decodeUtf8(body)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Problem('BAD_REQUEST', `The request body is not valid JSON: ${reason(error)}`)
  }
  // Only an escape can spell NUL or half a surrogate pair: the bytes themselves were checked above.
  if (SUSPECT_ESCAPE.test(text)) refuseBrokenTexts(value)
  return value
}

const SUSPECT_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/

function decodeUtf8(body: Uint8Array): string {
  try {
    return strictUtf8.decode(body)
  } catch {
    throw new Problem('BAD_REQUEST', 'The request body is not valid UTF-8.')
  }
}

/** V8 quotes the text around the fault; a body may hold secrets, so only what stands before the quote stays. */
function reason(error: unknown): string {
  return error instanceof Error ? error.message.split(/, (?:\.\.\.)?"/)[0]! : 'unexpected text'
}

/** Refuses NUL (PostgreSQL cannot store it) and lone surrogates (UTF-8 cannot) anywhere in a parsed value. */
export function refuseBrokenTexts(root: unknown): void {
  const waiting: { value: unknown; path: string; level: number }[] = [{ value: root, path: '', level: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path, level } = next
    if (typeof value === 'string') refuseBrokenText(value, path)
    if (typeof value !== 'object' || value === null) continue
    if (level > MOST_LEVELS) throw tooDeep()
    for (const [key, item] of Object.entries(value)) {
      refuseBrokenText(key, path)
      const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`
      waiting.push({ value: item, path: `${path}${step}`, level: level + 1 })
    }
  }
}

/** The same for one text, such as a query value. */
export function refuseBrokenText(text: string, path: string): void {
  const where = path === '' ? 'The request' : `Parameter '${path.slice(0, 200)}'`
  if (text.includes('\0')) throw invalid(`${where} holds a NUL character, which no text may.`)
  if (!text.isWellFormed()) {
    throw invalid(`${where} holds half of a surrogate pair, which is not valid Unicode.`)
  }
}

/** Refuses what is nested beyond any use. For values that a message passes over without reading them. */
export function refuseDeep(root: unknown): void {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) throw tooDeep()
    const below: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) below.push(item)
    }
    level = below
  }
}

function tooDeep(): Problem {
  return new Problem('BAD_REQUEST', `The request body is nested deeper than ${MOST_LEVELS} levels.`)
}
