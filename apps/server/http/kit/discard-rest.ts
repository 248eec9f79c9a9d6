import type { IncomingMessage } from 'node:http'
import type { SlowBodies } from './slow-bodies.ts'

/** A client that is refused while it sends must be let finish, within reason, or it sees a reset, not the refusal. */
const MOST_DISCARDED_BYTES = 64 * 1024 * 1024

/** Reads what is left of the body of a refused request and throws it away; beyond 64 MiB it cuts the connection. */
export function discardRest(request: IncomingMessage, slow: SlowBodies): void {
  if (request.complete || request.destroyed) return
  const watch = slow.watch(request)
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_DISCARDED_BYTES) request.destroy()
  })
  request.on('close', () => slow.forget(watch))
  request.on('error', () => {})
  request.resume()
}
