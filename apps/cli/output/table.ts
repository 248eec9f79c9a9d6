import type { Column } from '../command.ts'
import { cellsOf, plain } from './cells.ts'
import { printableLine } from './printable.ts'
import { unfold } from './unfold.ts'
import { cut, pad, widthOf } from './width.ts'
import type { Writer } from './writer.ts'

const GAP = '  '
const LEAST_WIDTH = 8
/** For a person: aligned, times of their own clock, cut to the width of the terminal and never when piped. */
export const writeTable: Writer = (result, { columns, width }) => {
  if (typeof result !== 'object' || result === null) {
    return result === undefined || result === null ? '' : `${printableLine(String(result))}\n`
  }
  if (!Array.isArray(result)) return writeThing(result, width)
  const { titles, rows, as } = cellsOf(result, columns)
  if (rows.length === 0) return ''
  const shown = rows.map((row) => row.map((cell, at) => printableLine(show(cell, as[at]))))
  const lines = titles === undefined ? shown : [titles.map(printableLine), ...shown]
  const count = Math.max(...lines.map((line) => line.length))
  const isRight = Array.from({ length: count }, (_, at) => rows.every((row) => isNumber(row[at], as[at])))
  return lineUp(lines, isRight, width)
}

/** One thing: a line for each of its fields. */
function writeThing(thing: object, width: number | undefined): string {
  const lines = unfold(thing).map(({ name, value, as }) => [
    printableLine(name),
    printableLine(show(value, as)),
  ])
  return lines.length === 0 ? '' : lineUp(lines, [], width)
}

function lineUp(
  lines: readonly (readonly string[])[],
  isRight: readonly boolean[],
  width: number | undefined,
): string {
  const count = Math.max(...lines.map((line) => line.length))
  const widths = fit(
    Array.from({ length: count }, (_, at) => Math.max(...lines.map((line) => widthOf(line[at] ?? '')))),
    width,
  )
  return lines
    .map((line) => {
      const cells = line.map((cell, at) => pad(cut(cell, widths[at]!), widths[at]!, isRight[at] === true))
      return `${cells.join(GAP).trimEnd()}\n`
    })
    .join('')
}

const isNumber = (value: unknown, as: Column['as']) => typeof value === 'number' && as !== 'time'

/** Takes from the widest column, one at a time, until all fit; a narrow one is left whole. */
function fit(widths: readonly number[], most: number | undefined): readonly number[] {
  if (most === undefined) return widths
  const fitted = [...widths]
  let over = fitted.reduce((sum, width) => sum + width, 0) + GAP.length * (fitted.length - 1) - most
  while (over > 0) {
    const widest = Math.max(...fitted)
    if (widest <= LEAST_WIDTH) break
    const second = Math.max(LEAST_WIDTH, ...fitted.filter((width) => width < widest))
    const taken = Math.min(over, Math.max(1, widest - second))
    fitted[fitted.indexOf(widest)] = widest - taken
    over -= taken
  }
  return fitted
}

function show(value: unknown, as: Column['as']): string {
  // Our own answers have times as milliseconds, events as text of RFC 3339.
  if (as === 'time' && typeof value === 'string') {
    const ms = Date.parse(value)
    return Number.isNaN(ms) ? value : localTime(ms)
  }
  if (as === 'mark') return value === true ? 'yes' : ''
  if (typeof value !== 'number') return plain(value)
  if (as === 'time') return localTime(value)
  if (as === 'bytes') return bytes(value)
  if (as === 'duration') return duration(value)
  return Number.isInteger(value) || !Number.isFinite(value)
    ? String(value)
    : String(Number(value.toPrecision(6)))
}

/** @param ms since the epoch */
export function localTime(ms: number): string {
  const time = new Date(ms)
  if (Number.isNaN(time.getTime())) return String(ms)
  const two = (part: number) => String(part).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}

/** @param ms */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
