import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { Kysely } from 'kysely'
import { CompiledQuery } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { countDead, countWaiting } from '../subscriptions/subscription-rows.ts'
import { selectDealtWith, selectOld, selectWaiting } from './delivery-rows.ts'

const ROWS: [name: string, statement: { build: unknown }, params: object, index: RegExp][] = [
  ['what waits', selectWaiting, { workspace: 0 }, /deliveries_waiting/],
  ['what waits in a workspace', selectWaiting, { workspace: 3 }, /deliveries_waiting/],
  [
    'what is behind the position',
    selectDealtWith,
    { workspace: 0 },
    /autoindex_deliveries|deliveries_subscription_key/,
  ],
  ['how many wait', countWaiting, { key: 3 }, /deliveries_waiting/],
  ['how many are dead', countDead, { key: 3 }, /deliveries_dead/],
  ['what is old', selectOld, { before: 5, limit: 10 }, /deliveries_by_time/],
]

eachEngine('plans of deliveries', [eventsMigrations], (open, engine) => {
  test('each question goes by its index', async () => {
    await using db = await open()
    const tables = db.read.tables<EventsTables>()
    for (const [name, { build }, params, index] of ROWS) {
      const { sql, parameters } = (
        build as (k: Kysely<EventsTables>, p: object, words: unknown) => { compile(): CompiledQuery }
      )(tables, params, db.read.words).compile()
      const explain = engine === 'sqlite' ? `explain query plan ${sql}` : `explain ${sql}`
      const told = await db.inTx(async (tx) => {
        // An empty table is read through whatever its indexes.
        if (engine === 'postgres')
          await tx.tables().executeQuery(CompiledQuery.raw('set local enable_seqscan = off'))
        return tx.tables().executeQuery(CompiledQuery.raw(explain, [...parameters]))
      })
      assert.match(JSON.stringify(told.rows), index, name)
    }
  })
})
