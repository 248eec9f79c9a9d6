import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { AnyDeclaration, Declaration, fields } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'

/** A request whose body is bytes. The message of the route is read from path and query. */
export interface RawRequest<Input> {
  readonly input: Input
  readonly method: string
  /** Path and query below the workspace, as they came. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Scheme and host as the client used them: what a trusted proxy forwarded counts, what others claim does not. */
  readonly origin: string
  readonly body: Readable
  /** Aborts when the client has gone before the answer was complete. */
  readonly signal: AbortSignal
  /** The caller as they are by then. Rejects where the route is no longer theirs. */
  readonly callerNow: () => Promise<Caller>
}

/** Scheme and host as the client used them: what a trusted proxy forwarded counts, what others claim does not. */
export interface ReachedAs {
  readonly protocol: string
  readonly host: string
}

export function originOf({ protocol, host }: ReachedAs): string {
  return `${protocol === 'https' ? 'https' : 'http'}://${host}`
}

export interface RawAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Each as `setCookie` writes it: several cookies are several headers. */
  readonly cookies?: readonly string[]
  /** A stream is read to its end or destroyed. */
  readonly body?: Readable | Uint8Array | string
}

/** What a verb may give: as declared, and it may hand out its own arrays and objects for reading. */
export type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Given<T[Key]> }
    : T

type HandlerOf<Route> =
  Route extends Declaration<infer Takes, infer Gives, infer Codec>
    ? [Codec] extends ['raw']
      ? (caller: Caller, request: RawRequest<fields.Static<Takes>>) => Promise<RawAnswer> | RawAnswer
      : (
          caller: Caller,
          input: fields.Static<Takes>,
          reachedAs: ReachedAs,
        ) => Promise<Given<fields.Static<Gives>>> | Given<fields.Static<Gives>>
    : never

/** One handler for each declaration of a table. A key too few or too many does not compile. */
export type Bindings<Routes> = { readonly [Key in keyof Routes]: HandlerOf<Routes[Key]> }

/** A declaration and its handler, ready to be registered. */
export interface BoundRoute {
  readonly declaration: AnyDeclaration
  // The types were checked by `bind`; the kit decodes by the same declaration.
  readonly handler: (caller: Caller, input: never, reachedAs: ReachedAs) => unknown
}

/** Ties the declarations of one resource to the verbs that serve them. */
export function bind<const Routes extends Readonly<Record<string, AnyDeclaration>>>(
  routes: Routes,
  bindings: Bindings<Routes>,
): BoundRoute[] {
  return Object.entries(routes).map(([key, declaration]) => {
    const handler = (bindings as Readonly<Record<string, BoundRoute['handler'] | undefined>>)[key]
    if (handler === undefined) throw new Error(`nothing is bound to '${declaration.name}'`)
    return { declaration, handler }
  })
}
