/** Bytes from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/**
 * Reads a Range header against a size. What cannot be read, another unit, and more than one range give the whole file,
 * as HTTP allows: a thousand ranges would cost a thousand reads.
 */
export function parseRange(header: string | undefined, size: number): Range | 'whole' | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return 'whole'
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) }
}
