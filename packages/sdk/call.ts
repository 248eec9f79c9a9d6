import type { AnyDeclaration, fields } from '@orrery/base/contract'

/** What can be told to any call. */
export interface CallOptions {
  /** Ends the call, its pauses and its streams; the call then throws the reason of the signal. */
  readonly signal?: AbortSignal | undefined
  /**
   * Milliseconds for each attempt: until the end of a JSON answer, until the head where bytes are read. 120,000 if not
   * given, and a millisecond more for every 64 bytes that are sent; for a stream of unknown length none. 0 is no limit; at
   * most 2,147,483,647, which is 24 days.
   */
  readonly timeoutMs?: number | undefined
  /** Why, in the caller's own words, in ASCII; kept with the event (`X-Orrery-Reason`). */
  readonly reason?: string | undefined
  /** Another workspace than the client's, for this call. */
  readonly workspace?: string | undefined
}

/** Bytes that can be sent again. */
export type SolidBody = Blob | Uint8Array<ArrayBuffer> | string

/**
 * A body of bytes. A function is called for each attempt; a bare stream is sent once and never repeated. Browsers send
 * streams only over HTTP/2 and Safari does not; a `File` is a Blob and goes everywhere.
 */
export type RawBody =
  | SolidBody
  | ReadableStream<Uint8Array>
  | (() => Promise<SolidBody | ReadableStream<Uint8Array>>)

export interface RawOptions extends CallOptions {
  readonly body?: RawBody | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** The answer of a call whose body is bytes. Read or cancel it, or its connection stays taken. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
  text(): Promise<string>
  bytes(): Promise<Uint8Array>
}

/** What a row takes; a raw row with a JSON body takes its fields as well. */
export type Input<Row extends AnyDeclaration> = Row['body'] extends fields.TSchema
  ? fields.Static<Row['takes']> & fields.Static<Row['body']>
  : fields.Static<Row['takes']>

export type Output<Row extends AnyDeclaration> = fields.Static<Row['gives']>
