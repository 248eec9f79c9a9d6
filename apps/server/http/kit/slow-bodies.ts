import type { IncomingMessage } from 'node:http'
import type { Clock } from '@orrery/base/kernel'

/*
 * A client that sends a byte a second holds a connection, and the memory of what has come so far, for as long
 * as it likes. One sweep over the bodies under way is cheaper than a timer for each request.
 */

/** For so long a body may take any pace, in milliseconds. */
const PATIENCE_MS = 10_000
/** After that, on average over its whole life. Bodies that upload at a real client's pace are far above. */
const LEAST_BYTES_PER_SECOND = 1024
const SWEEP_EVERY_MS = 2_000

interface Watch {
  readonly request: IncomingMessage
  readonly sinceMs: number
  /** What its connection had brought before. */
  readonly bytesBefore: number
}

export interface SlowBodies {
  watch(request: IncomingMessage): Watch
  forget(watch: Watch): void
  /** Cuts what is too slow at this moment. Runs by itself every two seconds. */
  sweep(): void
  stop(): void
}

export function makeSlowBodies(now: Clock): SlowBodies {
  const watched = new Set<Watch>()
  const sweep = () => {
    const time = now()
    for (const watch of watched) {
      const ageMs = time - watch.sinceMs
      if (watch.request.complete || ageMs < PATIENCE_MS) continue
      const bytes = watch.request.socket.bytesRead - watch.bytesBefore
      if (bytes >= (ageMs / 1000) * LEAST_BYTES_PER_SECOND) continue
      watched.delete(watch)
      watch.request.destroy(new Error('the body came too slowly'))
    }
  }
  const timer = setInterval(sweep, SWEEP_EVERY_MS)
  timer.unref()
  return {
    watch(request) {
      const watch = { request, sinceMs: now(), bytesBefore: request.socket.bytesRead }
      watched.add(watch)
      return watch
    },
    forget: (watch) => void watched.delete(watch),
    sweep,
    stop: () => clearInterval(timer),
  }
}
