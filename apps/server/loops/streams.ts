import { STREAM_LIMITS } from '@orrery/domain/events'

/** What live streams need from time to time. */
export interface StreamWork {
  beat(): void
  recheck(): void
}

/** @returns ends it */
export function startStreamWork({ beat, recheck }: StreamWork): () => void {
  const timers = [
    setInterval(beat, STREAM_LIMITS.heartbeatMs).unref(),
    setInterval(recheck, STREAM_LIMITS.recheckMs / 6).unref(),
  ]
  return function stop() {
    for (const timer of timers) clearInterval(timer)
  }
}
