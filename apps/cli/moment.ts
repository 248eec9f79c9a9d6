import { CliError } from './exit-codes.ts'

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

export const MOMENT = 'A time such as 2026-11-21T08:00, or how long ago: 30m, 12h, 7d.'

/** @returns milliseconds since the epoch; a time without a zone is one of the own clock */
export function momentOf(option: string, text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * UNITS[unit!]!
  if (/^\d{12,14}$/.test(text)) return Number(text)
  const time = /^\d{4}-\d\d-\d\d/.test(text)
    ? Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
    : Number.NaN
  if (Number.isNaN(time)) throw new CliError('USAGE', `--${option} is '${text}', which is no time.`, MOMENT)
  return time
}
