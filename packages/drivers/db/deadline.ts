import type { ScanOptions } from './database.ts'
import { tooSlow } from './problems.ts'

const DEFAULT_DEADLINE_MS = 30_000

/**
 * Runs `work` and answers its caller no later than the deadline or the caller's own signal, even where the engine
 * needs longer to let go.
 * @param work gets the signal that tells it to stop; its reason is what the caller sees
 */
export async function withDeadline<T>(
  { deadlineMs = DEFAULT_DEADLINE_MS, signal }: ScanOptions,
  work: (stop: AbortSignal, deadlineMs: number) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const stop = new AbortController()
  const deadline = setTimeout(() => stop.abort(tooSlow(deadlineMs)), deadlineMs)
  const abort = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true })
  })
  try {
    return await Promise.race([work(stop.signal, deadlineMs), stopped])
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', abort)
  }
}
