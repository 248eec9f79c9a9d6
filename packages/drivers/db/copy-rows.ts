import { sql } from 'kysely'
import type { Value } from './bulk.ts'
import type { Database, Reads, Tx } from './database.ts'
import { UNFINISHED_COPY } from './migrate.ts'
import { LEDGER_TABLE, ledgerOf, type TableShape } from './shapes.ts'

/** Longer than any copy takes; what a connection that hangs would cost is cut by the driver's own timeouts. */
const DEADLINE_MS = 7 * 24 * 3_600_000

/** About how much of a table is in memory at once. */
const PAGE_BYTES = 4 * 2 ** 20
const FIRST_PAGE_ROWS = 50
const MOST_ROWS = 5_000

/**
 * Copies all rows of one moment into a database with the same tables, in place of those that are there; on either engine,
 * also from one to the other. Keys that are given afterwards are higher than any that was given before.
 *
 * Writes page by page. Until this resolves nobody else can migrate the target, and where it rejects nobody ever can: then
 * the target holds a part.
 *
 * @returns how many rows there are, by table
 */
export async function copyRows(from: Database, to: Database): Promise<ReadonlyMap<string, number>> {
  const shapes = await to.describeTables()
  await mustHaveSameTables(from, to, shapes)
  await to.inTx(beginCopy)
  const copied = await from.scan(
    async (reads) => {
      const counts = new Map<string, number>()
      for (const shape of shapes) {
        await to.inTx((tx) => tx.tables<Any>().deleteFrom(shape.name).execute())
        counts.set(shape.name, await copyTable(reads, to, shape))
      }
      return counts
    },
    { deadlineMs: DEADLINE_MS },
  )
  await to.raiseKeys(await from.highestKeys())
  for (const [table, count] of copied) {
    const found = await to.scan((reads) => countOf(reads, table), { deadlineMs: DEADLINE_MS })
    if (found !== count) throw new Error(`${found} rows of '${table}' arrived where ${count} were sent`)
  }
  await to.inTx(endCopy)
  return copied
}

type Any = Record<string, Record<string, Value>>

async function mustHaveSameTables(from: Database, to: Database, shapes: readonly TableShape[]) {
  const [theirs, ours] = await Promise.all([ledgerOf(from.read), ledgerOf(to.read)])
  if (theirs !== ours || JSON.stringify(await from.describeTables()) !== JSON.stringify(shapes)) {
    throw new Error('its tables are those of another version of Orrery')
  }
}

const { module, number, name } = UNFINISHED_COPY

const beginCopy = async (tx: Tx) => {
  await sql`insert into ${sql.table(LEDGER_TABLE)} values (${module}, ${number}, ${name}, 0)`.execute(
    tx.tables(),
  )
}

const endCopy = async (tx: Tx) => {
  await tx.tables<Any>().deleteFrom(LEDGER_TABLE).where('module', '=', module).execute()
}

async function copyTable(reads: Reads, to: Database, shape: TableShape): Promise<number> {
  const insert = { table: shape.name, columns: shape.columns, key: shape.key, onClash: 'fail' as const }
  const names = Object.keys(shape.columns)
  let count = 0
  let limit = FIRST_PAGE_ROWS
  let after: Value[] | undefined
  for (;;) {
    const found = await pageAfter(reads, shape, after, limit)
    const rows = found.map((row) => names.map((name) => row[name]!))
    if (rows.length > 0) await to.inTx((tx) => tx.bulk(insert, rows))
    count += rows.length
    if (rows.length < limit) return count
    after = shape.key.map((name) => found.at(-1)![name]!)
    limit = Math.max(1, Math.min(MOST_ROWS, Math.floor((PAGE_BYTES * rows.length) / bytesOf(rows))))
  }
}

/** By the primary key, which every table has: a row comparison both engines answer from its index. */
async function pageAfter(
  reads: Reads,
  { name, columns, key }: TableShape,
  after: readonly Value[] | undefined,
  limit: number,
): Promise<Record<string, Value>[]> {
  let query = reads.tables<Any>().selectFrom(name).select(Object.keys(columns)).limit(limit)
  for (const column of key) query = query.orderBy(column)
  if (after !== undefined) {
    query = query.where(
      sql<boolean>`(${sql.join(key.map((column) => sql.ref(column)))}) > (${sql.join(after)})`,
    )
  }
  return query.execute()
}

async function countOf(reads: Reads, table: string): Promise<number> {
  const counted = await reads
    .tables<Any>()
    .selectFrom(table)
    .select((e) => e.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
  return Number(counted.rows)
}

function bytesOf(rows: readonly (readonly Value[])[]): number {
  let bytes = 0
  for (const row of rows) {
    for (const value of row) bytes += typeof value === 'string' ? value.length + 16 : 16
  }
  return bytes
}
