import { sql } from 'kysely'
import type { Value } from './bulk.ts'
import type { Database, Reads, Tx } from './database.ts'
import { UNFINISHED_COPY } from './migrate.ts'
import { LEDGER_TABLE, ledgerOf, type TableShape } from './shapes.ts'

/** Longer than any copy takes; what a connection that hangs would cost is cut by the driver's own timeouts. */
const DEADLINE_MS = 7 * 24 * 3_600_000

/** How much text is in memory at once, except that a single row may be longer. */
const PAGE_BYTES = 4 * 2 ** 20
const PAGE_ROWS = 5_000

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
  let after: Value[] | undefined
  for (;;) {
    const limit = await howManyFit(reads, shape, after)
    const found = limit === 0 ? [] : await pageAfter(reads, shape, after, limit)
    if (found.length === 0) return count
    const rows = found.map((row) => names.map((name) => row[name]!))
    await to.inTx((tx) => tx.bulk(insert, rows))
    count += rows.length
    after = shape.key.map((name) => found.at(-1)![name]!)
  }
}

/**
 * How many of the next rows are one page. Their lengths are asked for first, because nothing before them tells: the profile
 * of a dataset may have 16 MB, and the five thousand before it a hundred bytes each.
 */
async function howManyFit(
  reads: Reads,
  shape: TableShape,
  after: readonly Value[] | undefined,
): Promise<number> {
  const texts = Object.keys(shape.columns).filter((column) => shape.columns[column] === 'text')
  if (texts.length === 0) return PAGE_ROWS
  const lengths = texts.map((column) => sql`coalesce(octet_length(${sql.ref(column)}), 0)`)
  const rows = await rowsAfter(reads, shape, after, PAGE_ROWS)
    .select(sql<number>`${sql.join(lengths, sql` + `)}`.as('bytes'))
    .execute()
  let bytes = 0
  const tooMany = rows.findIndex((row) => {
    bytes += Number(row.bytes)
    return bytes > PAGE_BYTES
  })
  return tooMany < 0 ? rows.length : Math.max(1, tooMany)
}

function pageAfter(
  reads: Reads,
  shape: TableShape,
  after: readonly Value[] | undefined,
  limit: number,
): Promise<Record<string, Value>[]> {
  return rowsAfter(reads, shape, after, limit).select(Object.keys(shape.columns)).execute()
}

/** By the primary key, which every table has: a row comparison both engines answer from its index. */
function rowsAfter(
  reads: Reads,
  { name, key }: TableShape,
  after: readonly Value[] | undefined,
  limit: number,
) {
  let query = reads.tables<Any>().selectFrom(name).limit(limit)
  for (const column of key) query = query.orderBy(column)
  if (after === undefined) return query
  return query.where(sql<boolean>`(${sql.join(key.map((column) => sql.ref(column)))}) > (${sql.join(after)})`)
}

async function countOf(reads: Reads, table: string): Promise<number> {
  const counted = await reads
    .tables<Any>()
    .selectFrom(table)
    .select((e) => e.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
  return Number(counted.rows)
}
