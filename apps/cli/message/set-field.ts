import { parse } from 'yaml'
import { CliError } from '../exit-codes.ts'

/** Names of fields and places in lists. */
export type Path = readonly (string | number)[]

type Fields = Record<string, unknown>

const FORBIDDEN: ReadonlySet<string | number> = new Set(['__proto__', 'prototype', 'constructor'])
const MOST_PLACE = 10_000

/** Reads `a.b[0]=c`; the value is YAML, and `written` what it was made of. */
export function parseSetting(text: string): {
  readonly path: Path
  readonly value: unknown
  readonly written: string
} {
  const equals = text.indexOf('=')
  if (equals < 1) throw new CliError('USAGE', `--set ${text}: it must look like field=value.`)
  const path: (string | number)[] = []
  for (const part of text.slice(0, equals).split('.')) {
    const [, name, places] = /^([^[\]]+)((?:\[\d+\])*)$/.exec(part) ?? []
    if (name === undefined) throw new CliError('USAGE', `--set ${text}: '${part}' is no name of a field.`)
    if (FORBIDDEN.has(name)) throw new CliError('USAGE', `--set ${text}: no field is called '${name}'.`)
    path.push(name, ...Array.from(places!.matchAll(/\d+/g), ([digits]) => Number(digits)))
  }
  const written = text.slice(equals + 1)
  return { path, value: scalar(written, text), written }
}

function scalar(written: string, text: string): unknown {
  if (written === '') return ''
  const isFlow = /^[[{]/.test(written)
  try {
    const value: unknown = parse(written, { version: '1.2', maxAliasCount: 0 })
    // `http://a: b` and the like are texts that nobody quoted.
    return typeof value === 'object' && value !== null && !isFlow ? written : value
  } catch {
    if (isFlow) throw new CliError('USAGE', `--set ${text}: the value is no YAML.`)
    return written
  }
}

/** Puts a value in its place, making the objects and lists on the way. */
export function setField(message: Fields, path: Path, value: unknown, text: string): void {
  let holder: unknown = message
  for (const [at, name] of path.entries()) {
    const isPlace = typeof name === 'number'
    if (isPlace !== Array.isArray(holder) || typeof holder !== 'object' || holder === null) {
      const where = path.slice(0, at).join('.')
      throw new CliError(
        'USAGE',
        `--set ${text}: '${where}' is ${isPlace ? 'no list' : 'a list or a single value'}.`,
      )
    }
    if (isPlace && (name > MOST_PLACE || name > (holder as unknown[]).length)) {
      throw new CliError('USAGE', `--set ${text}: the list has ${(holder as unknown[]).length} items.`)
    }
    const fields = holder as Fields
    if (at === path.length - 1) fields[name] = value
    else if (!Object.hasOwn(fields, name) || fields[name] === null)
      fields[name] = typeof path[at + 1] === 'number' ? [] : {}
    holder = fields[name]
  }
}
