import type { Timers } from '../timers.ts'

/** Time that passes when a test says so. */
export function manualTime(start = 1_700_000_000_000) {
  let now = start
  let timers: { due: number; call: () => void }[] = []
  const sets: Timers = {
    after(ms, call) {
      const timer = { due: now + ms, call }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
  }
  return {
    clock: () => now,
    timers: sets,
    /** The clock is put forward; what was to be done meanwhile has not been. */
    leap(ms: number): void {
      now += ms
    },
    /** Lets time pass, and everything happen that is due meanwhile, in order. */
    async pass(ms: number, settle: () => Promise<void> = async () => {}): Promise<void> {
      const end = now + ms
      for (;;) {
        const next = timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0]
        if (next === undefined) break
        timers = timers.filter((one) => one !== next)
        now = Math.max(now, next.due)
        next.call()
        await settle()
      }
      now = end
      await settle()
    },
  }
}
