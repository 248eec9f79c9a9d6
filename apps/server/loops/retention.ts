import type { Logger } from 'pino'

/** Runs the rules of retention. */
export interface RetentionWork {
  runDue(): Promise<void>
  stop(): Promise<void>
}

/** By the clock of the machine: at night, where it is set to the time of the place. */
const HOUR = 3

/** Servers that were started together do not all begin together. */
const JITTER_MS = 30 * 60_000

/** Milliseconds until the next night's beginning. */
export function untilNight(now: Date, random: () => number = Math.random): number {
  const next = new Date(now)
  next.setHours(HOUR, 0, 0, 0)
  if (next.getTime() <= now.getTime()) next.setDate(next.getDate() + 1)
  return next.getTime() - now.getTime() + Math.floor(random() * JITTER_MS)
}

/** @returns ends it; what is under way stops at its next step and goes on in the next night */
export function startRetention(work: RetentionWork, log: Logger): () => Promise<void> {
  let timer: NodeJS.Timeout
  let running: Promise<void> | undefined
  let isOver = false
  const round = async () => {
    try {
      await work.runDue()
    } catch (error) {
      log.error({ err: error }, 'retention failed; trying again in the next night')
    }
    running = undefined
    if (!isOver) wait()
  }
  const wait = () => {
    timer = setTimeout(() => {
      running = round()
    }, untilNight(new Date())).unref()
  }
  wait()
  return async function stop() {
    isOver = true
    clearTimeout(timer)
    await work.stop()
    await running
  }
}
