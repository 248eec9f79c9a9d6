import type { Column } from '../command.ts'

export interface Cells {
  /** Undefined: a table without a head. */
  readonly titles: readonly string[] | undefined
  readonly rows: readonly (readonly unknown[])[]
  /** By column. */
  readonly as: readonly Column['as'][]
}

/**
 * Lays a result out in rows and columns. A list of objects has a column for each field that stands in any of them; one
 * object a row for each field.
 */
export function cellsOf(result: unknown, columns: readonly Column[] | undefined): Cells {
  const list = Array.isArray(result) ? result : undefined
  if (columns !== undefined && list !== undefined) {
    return {
      titles: columns.map(({ title }) => title),
      rows: list.map((row) => columns.map(({ path }) => pick(row, path))),
      as: columns.map(({ as }) => as),
    }
  }
  if (list?.every(isFields) === true) {
    const titles = [...new Set(list.flatMap((row) => Object.keys(row)))]
    return { titles, rows: list.map((row) => titles.map((title) => row[title])), as: [] }
  }
  if (list !== undefined) {
    return { titles: undefined, rows: list.map((row) => (Array.isArray(row) ? row : [row])), as: [] }
  }
  if (isFields(result)) return { titles: undefined, rows: Object.entries(result), as: [] }
  return { titles: undefined, rows: result === undefined || result === null ? [] : [[result]], as: [] }
}

/** What lies at `a.b` of a row; columns need no more of JMESPath, and loading that would cost every list. */
export function pick(row: unknown, path: string): unknown {
  let value = row
  for (const name of path === '@' ? [] : path.split('.')) value = isFields(value) ? value[name] : undefined
  return value
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A cell as text, the same for every reader; what has parts is JSON. */
export function plain(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ')
  return JSON.stringify(value)
}
