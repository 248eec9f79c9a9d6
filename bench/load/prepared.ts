import { COUNTER, type PreparedRequest } from './plan.ts'

const FIRST = 100_000
const LAST = 999_999

/** A request as bytes; its counters are overwritten in place, which costs 5 ns a digit. */
export class Prepared {
  readonly #bytes: Buffer
  readonly #places: readonly number[]
  #count = FIRST

  constructor({ method, path, body, headers = {} }: PreparedRequest, host: string) {
    const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`]
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    if (body !== undefined) {
      lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(body)}`)
    }
    this.#bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
    this.#places = placesOf(this.#bytes)
  }

  /** The bytes to send now; valid until the next call. */
  next(): Buffer {
    if (this.#places.length === 0) return this.#bytes
    if (this.#count > LAST)
      throw new Error(`a request was sent ${LAST - FIRST} times; its counter has no room for more`)
    let rest = this.#count++
    for (let digit = COUNTER.length - 1; digit >= 0; digit--) {
      const code = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
      for (const place of this.#places) this.#bytes[place + digit] = code
    }
    return this.#bytes
  }
}

function placesOf(bytes: Buffer): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(COUNTER); at >= 0; at = bytes.indexOf(COUNTER, at + COUNTER.length))
    places.push(at)
  return places
}
