import type { AnyDeclaration } from '@orrery/base/contract'
import { compileWriter } from './doubles.ts'
import { refused } from './orrery-error.ts'

/** A request below the workspace. */
export interface Request {
  readonly method: string
  /** Path and query, beginning with a slash. */
  readonly path: string
  /** JSON; undefined where the row sends none. */
  readonly body: string | undefined
}

type Fields = Readonly<Record<string, unknown>>

const IN_QUERY: ReadonlySet<string> = new Set(['GET', 'DELETE'])

/** Compiles a row into what makes requests of its input: path first, then the query or the body. */
export function compileRequest(row: AnyDeclaration): (input: Fields) => Request {
  const writeDoubles = compileWriter(row.body ?? row.takes)
  const inPath = new Set(Array.from(row.path.matchAll(/\{(\w+)\*?\}/g), ([, name]) => name!))
  const bodyFields = row.body === undefined ? undefined : Object.keys(propertiesOf(row.body))
  const isQuery = IN_QUERY.has(row.method) || row.codec === 'raw'
  return (input) => {
    const path = row.path.replace(/\{(\w+)(\*?)\}/g, (_, name: string, rest: string) =>
      segment(row.name, name, input[name], rest === '*'),
    )
    const given = Object.entries(input).filter(([, value]) => value !== undefined)
    const others = given.filter(([name]) => !inPath.has(name))
    const ofBody =
      bodyFields !== undefined
        ? given.filter(([name]) => bodyFields.includes(name))
        : isQuery
          ? undefined
          : others
    const ofQuery = isQuery ? others.filter(([name]) => bodyFields?.includes(name) !== true) : []
    const query = queryOf(row.name, ofQuery)
    const message = ofBody === undefined ? undefined : Object.fromEntries(ofBody)
    return {
      method: row.method,
      path: query === '' ? path : `${path}?${query}`,
      body: message === undefined ? undefined : JSON.stringify(writeDoubles?.(message) ?? message),
    }
  }
}

/** `.` and `..` would be taken out of the path by every URL parser, encoded or not: the request would go elsewhere. */
function segment(call: string, name: string, value: unknown, isRest: boolean): string {
  const text = value === undefined || value === null ? '' : String(value)
  const parts = isRest ? text.split('/') : [text]
  if (text === '' || parts.some((part) => part === '.' || part === '..')) {
    throw refused(
      call,
      `'${name}' of ${call} is '${text}': it stands in the path, so it may be neither empty nor '.' nor '..'.`,
    )
  }
  return parts.map(encodeURIComponent).join('/')
}

function queryOf(call: string, pairs: readonly (readonly [string, unknown])[]): string {
  const query = new URLSearchParams()
  for (const [name, value] of pairs) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'object') {
        throw refused(call, `'${name}' of ${call} must be text, a number or a flag.`)
      }
      query.append(name, String(one))
    }
  }
  return query.toString()
}

function propertiesOf(schema: object): Fields {
  return (schema as { properties?: Fields }).properties ?? {}
}
