import type { LogRow } from '../../events/index.ts'

export type ExportFormat = 'jsonl' | 'csv'

/** What the last line of an export says. */
export interface ExportEnd {
  readonly workspace: string
  /** RFC 3339. */
  readonly exported: string
  readonly rows: number
  readonly number: number
  readonly position: number
  readonly hash: string
  /** Name of the file that was written outside the database. */
  readonly anchor: string
}

/** Everything that is chained is in it, so that an export can be checked by itself. */
const COLUMNS = [
  'position',
  'number',
  'time',
  'actor',
  'credential',
  'type',
  'subject',
  'reason',
  'address',
  'request_id',
  'before',
  'after',
  'also',
  'id',
  'workspace_key',
  'audience',
  'on_key',
  'hash',
] as const

type Cells = Readonly<Record<(typeof COLUMNS)[number], string | number | null>>

export interface ExportLines {
  readonly type: string
  readonly beginning: string
  line(row: LogRow): string
  end(end: ExportEnd): string
}

/** Marks that a terminal or an editor would obey: JSON.stringify leaves them, and a log must not be drawn by its content. */
const OBEYED = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** A spreadsheet takes these beginnings for a formula, also in the width of East Asian letters. */
const FORMULA = /^\s*[=+\-@\t\r＝＋－＠]/

/**
 * Where the next cell begins for a spreadsheet that parts lines at `;` or `|`: its language has the comma in numbers, or
 * somebody chose so. Quotes around the whole cell are none to it, because they do not stand at its beginning.
 */
const FORMULA_INSIDE = /[;|](?=[\s"']*[=+\-@＝＋－＠])/g

export const EXPORT_LINES: Readonly<Record<ExportFormat, ExportLines>> = {
  jsonl: {
    type: 'application/x-ndjson; charset=utf-8',
    beginning: '',
    line: (row) => `${shown(jsonOf(row))}\n`,
    end: ({ number, position, hash, ...rest }) =>
      `${shown(JSON.stringify({ head: { number, position, hash }, ...rest }))}\n`,
  },
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    beginning: csvLine(COLUMNS),
    line: (row) => csvLine(COLUMNS.map((column) => cellsOf(row)[column])),
    end: ({ number, position, hash, exported, workspace, rows, anchor }) => {
      const end: Partial<Cells> = {
        ...{ position, number, hash, time: exported, type: '(head)', subject: `workspaces/${workspace}` },
        after: JSON.stringify({ rows, anchor }),
      }
      return csvLine(COLUMNS.map((column) => end[column] ?? null))
    },
  },
}

function cellsOf(row: LogRow): Cells {
  const { event_id: id, at, ...rest } = row
  return { ...rest, id, time: new Date(at).toISOString() }
}

function jsonOf(row: LogRow): string {
  const { before, after, also, ...cells } = cellsOf(row)
  const facts: string[] = []
  // As they are stored: they are in the hash as these texts.
  for (const [name, json] of Object.entries({ before, after, also })) {
    if (json !== null) facts.push(`,"${name}":${json}`)
  }
  const plain = Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== null))
  return `${JSON.stringify(plain).slice(0, -1)}${facts.join('')}}`
}

const shown = (json: string) => json.replace(OBEYED, escaped)

/** RFC 4180: lines end with CRLF, a quote in a quoted cell is doubled. */
function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const guarded = (FORMULA.test(value) ? `'${value}` : value).replace(FORMULA_INSIDE, "$&'")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = guarded.replace(/[\u0000-\u001f]/g, escaped).replace(OBEYED, escaped)
  return /[",\s]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`
}
