import { PAUSES_MS } from '../subscription.ts'

/**
 * How long to wait after a failed attempt. What the receiver asks for is respected up to the pause after next: it must
 * not be able to make us forget it for a day.
 *
 * @param attempts made so far, from 1
 * @param asked ms of its `Retry-After`
 * @param random 0 to 1: a tenth of it is added, so that what failed together does not come together
 */
export function pauseAfter(attempts: number, asked: number | undefined, random: number): number {
  const pause = pauseAt(attempts - 1)
  const longest = pauseAt(attempts)
  return Math.round(Math.min(Math.max(pause, asked ?? 0), longest) * (1 + random / 10))
}

const pauseAt = (index: number) => PAUSES_MS[Math.min(index, PAUSES_MS.length - 1)]!

/** Reads `Retry-After`: seconds or a date. @returns ms; undefined where it says nothing that can be read */
export function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
