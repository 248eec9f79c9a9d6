/** Calls back once, later. Injected, so that tests never sleep. */
export interface Timers {
  /** @returns calls it off */
  after(ms: number, call: () => void): () => void
}

export const systemTimers: Timers = {
  after(ms, call) {
    const timer = setTimeout(call, ms).unref()
    return () => clearTimeout(timer)
  },
}
