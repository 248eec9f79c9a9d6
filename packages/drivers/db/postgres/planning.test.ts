import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { type Planning, statement } from '../statement.ts'
import { type ThingTables, thingModule } from '../suite/tables.ts'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '../testing/index.ts'
import { openPostgres } from './store.ts'

const named = (planned: Planning) =>
  statement(
    `planning-test.${planned}`,
    (k: Kysely<ThingTables>, p: { readonly names: readonly string[] }, words) =>
      k
        .selectFrom('things')
        .select('name')
        .where(words.among(sql.ref('name'), p.names)),
    planned,
  )
const STATEMENTS = [named('once'), named('each-run')]

if (chosenEngines().includes('postgres')) {
  describe('planning on postgres', () => {
    stopPostgresAfterTests()
    test('only what is planned once stays prepared on a connection', async () => {
      const schema = await makeTestSchema()
      await using db = await openPostgres({ url: schema.url })
      await db.migrate([thingModule])
      const prepared = await db.scan(async (reads) => {
        for (const one of STATEMENTS) assert.deepEqual(await reads.all(one, { names: ['a', 'b'] }), [])
        const { rows } = await sql<{ name: string }>`select name from pg_prepared_statements`.execute(
          reads.tables(),
        )
        return rows.map(({ name }) => name).filter((name) => name.startsWith('planning-test.'))
      })
      assert.deepEqual(prepared, ['planning-test.once'])
    })
  })
}
