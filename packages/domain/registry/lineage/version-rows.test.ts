import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type Kysely, sql } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'
import { TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { type By, QUESTIONS } from './version-rows.ts'

/** By what versions are found, whatever else the workspace has. */
const BEGINS: Readonly<Record<By, RegExp>> = {
  itself: /v USING INTEGER PRIMARY KEY/,
  run: /model_versions_by_run/,
  'logged-model': /model_versions_by_model_id/,
  version: /model_versions_by_source/,
}

eachEngine('versions of lineage', TEST_MIGRATIONS, (open, engine) => {
  const skip = engine === 'postgres' && 'PostgreSQL plans by what is in the tables'
  test('are found by what a graph names, never by their workspace', { skip }, async () => {
    await using db = await open()
    await db.inTx(async (tx) => {
      for (const [by, { seen }] of Object.entries(QUESTIONS)) {
        const named = by === 'run' || by === 'logged-model' ? ['a'] : [1]
        const tables = tx.tables<RegistryTables>() as unknown as Kysely<never>
        const query = seen.all.build(tables, { workspace: 1, named, models: [], limit: 10 }, tx.words)
        const plan = sql`explain query plan select * from ${query} as q`
        const { rows } = await plan.execute(tx.tables())
        const steps = rows.map((row) => Object.values(row as object).join(' '))
        const first = steps.find((step) => /SEARCH/.test(step))
        assert.match(first ?? '', BEGINS[by as By], `${by}:\n${steps.join('\n')}`)
      }
    })
  })
})
