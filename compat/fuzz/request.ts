import type { AnyDeclaration, Method } from '@orrery/base/contract'
import { RawJson } from './nasty.ts'

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string
  /** Path and query as in the request line. */
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer | undefined
  /** `chunked` sends no length; `lying` tells more than it sends. */
  readonly framing: 'length' | 'chunked' | 'lying'
  /** The route that it was made from, though it may not reach it any more. */
  readonly declaration: AnyDeclaration
}

export interface Place {
  readonly method: Method
  readonly path: string
}

/** A request before it is put together: each part can be replaced on its own. */
export interface Draft {
  readonly declaration: AnyDeclaration
  readonly place: Place
  readonly message: Readonly<Record<string, unknown>>
  /** For routes whose bodies are bytes. */
  readonly bytes: Buffer
}

export interface Changes {
  readonly method?: string
  /** Stands for a path parameter, as it is. */
  readonly pathTrick?: string
  /** Comes after a path parameter, as it is. */
  readonly pathSuffix?: string
  /** Stands for path and query. */
  readonly target?: string
  readonly query?: string
  readonly contentType?: string | undefined
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: Buffer
  readonly framing?: WireRequest['framing']
}

/** The numbers that are added make room for large files: no field of ours is that long by itself. */
export function assemble({ declaration, place, message, bytes }: Draft, changes: Changes = {}): WireRequest {
  const { target, rest } = fillPath(place.path, message, changes)
  const method = changes.method ?? place.method
  const isJson = speaksJson(declaration)
  const inQuery = place.method === 'GET' || !isJson
  const query = changes.query ?? (inQuery ? queryOf(rest) : '')
  const takesBody = place.method !== 'GET'
  const usual = isJson ? Buffer.from(toJson(rest)) : bytes
  const body = changes.body ?? (takesBody ? usual : undefined)
  const type =
    'contentType' in changes ? changes.contentType : isJson ? 'application/json' : 'application/octet-stream'
  const typed = body === undefined || type === undefined ? [] : [['content-type', type] as const]
  return {
    method,
    target: changes.target ?? (query === '' ? target : `${target}?${query}`),
    headers: [...typed, ...(changes.headers ?? [])],
    body,
    framing: changes.framing ?? 'length',
    declaration,
  }
}

/** A raw route that is posted to and gives a message reads one too, by itself, but for those that read archives. */
function speaksJson({ name, codec, method, gives }: AnyDeclaration): boolean {
  if (name === 'registry.importArchive') return false
  const { properties = {} } = gives as { properties?: object }
  return codec !== 'raw' || (method === 'POST' && Object.keys(properties).length > 0)
}

function fillPath(path: string, message: Readonly<Record<string, unknown>>, changes: Changes) {
  const rest: Record<string, unknown> = { ...message }
  const target = path.replace(/\{(\w+)(\*?)\}/g, (_, name: string, isRest: string) => {
    const value = rest[name]
    delete rest[name]
    if (changes.pathTrick !== undefined) return changes.pathTrick
    const text = typeof value === 'string' ? value : 'x'
    const suffix = changes.pathSuffix === undefined ? '' : `/${changes.pathSuffix}`
    return isRest === '*' ? text.split('/').map(encoded).join('/') + suffix : encoded(text)
  })
  return { target, rest }
}

/** encodeURIComponent throws at half a character; a client that sends one sends bytes that are not UTF-8. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

function queryOf(message: Readonly<Record<string, unknown>>): string {
  return Object.entries(message)
    .flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((item) => [key, item] as const))
    .map(([key, value]) => `${encoded(key)}=${encoded(typeof value === 'string' ? value : toJson(value))}`)
    .join('&')
}

/** As JSON.stringify, with raw texts in between. */
export function toJson(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (Array.isArray(value)) return `[${value.map(toJson).join()}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`)
    return `{${fields.join()}}`
  }
  return JSON.stringify(value) ?? 'null'
}
