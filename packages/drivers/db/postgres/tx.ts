import type { BulkInsert, Rows } from '../bulk.ts'
import type { Gather, Tx } from '../database.ts'
import type { Left } from '../gathering.ts'
import type { Statement } from '../statement.ts'
import { bulkSql, keyOrder, markedSql, toArrays } from './bulk.ts'
import { type Ask, PostgresReads, type Query } from './reads.ts'

const OVER = 'This tx has ended; a call of it came too late: await every call inside inTx.'

/** What one verb may do. After its end every call throws. */
export class PostgresTx extends PostgresReads implements Tx {
  readonly learnings: (() => void)[] = []
  readonly left: Left[] = []
  readonly #state: { isOver: boolean }

  constructor(ask: Ask) {
    const state = { isOver: false }
    super(async (query) => {
      if (state.isOver) throw new Error(OVER)
      return ask(query)
    })
    this.#state = state
  }

  async run<Params>(statement: Statement<Params, unknown>, params: Params): Promise<number> {
    const { rowCount } = await this.ask(this.bound(statement, params))
    return rowCount ?? 0
  }

  async bulk(insert: BulkInsert, rows: Rows): Promise<number> {
    if (rows.length === 0) return 0
    const order = keyOrder(insert, rows)
    const { rowCount } = await this.ask(bulkQuery(insert, bulkSql(insert), rows, order))
    return rowCount ?? 0
  }

  async bulkMarked(insert: BulkInsert, rows: Rows): Promise<Uint8Array> {
    const marks = new Uint8Array(rows.length)
    if (rows.length === 0) return marks
    const order = keyOrder(insert, rows)
    const answer = await this.ask(bulkQuery(insert, markedSql(insert), rows, order))
    const { made, places } = answer.rows[0] as { made: number; places: string | null }
    if (made === rows.length) return marks.fill(1)
    for (const place of places?.split(',') ?? []) marks[order[Number(place) - 1]!] = 1
    return marks
  }

  beforeCommit<Item>(gather: Gather<Item>, item: Item): void {
    if (this.#state.isOver) throw new Error(OVER)
    this.left.push({ gather: gather as Gather<unknown>, item })
  }

  afterCommit(learn: () => void): void {
    if (this.#state.isOver) throw new Error(OVER)
    this.learnings.push(learn)
  }

  end(): void {
    this.#state.isOver = true
  }
}

const names = new Map<string, string>()

function bulkQuery(insert: BulkInsert, text: string, rows: Rows, order: readonly number[]): Query {
  const width = Object.keys(insert.columns).length
  const wrong = rows.find((row) => row.length !== width)
  if (wrong !== undefined) {
    throw new Error(`a row for '${insert.table}' has ${wrong.length} values; its columns are ${width}`)
  }
  const name = names.get(text) ?? `bulk.${names.size}`
  names.set(text, name)
  return { name, text, values: toArrays(insert, rows, order) }
}
