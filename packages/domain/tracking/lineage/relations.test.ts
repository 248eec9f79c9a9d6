import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { sql } from 'kysely'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { RELATIONS } from './relations.ts'

/** By which index each relation finds where it begins. */
const BEGINS: Readonly<Record<string, RegExp>> = {
  'run→dataset read-by': /run_datasets_pkey|rd USING.*run_key=\?/,
  'dataset→run read-by': /datasets_by_name/,
  'run→logged-model read-by': /run_models_pkey|rm USING.*run_key=\?/,
  'logged-model→run read-by': /run_models_by_model/,
  'logged-model→run produced': /run_models_by_model|logged_models_pkey|m USING INTEGER PRIMARY KEY/,
  'run→logged-model produced': /run_models_pkey|rm USING.*run_key=\?|logged_models_by_source_run/,
  'run→run parent-of': /run_tags_pkey|t USING.*run_key=\?|run_tags_by_parent/,
}

eachEngine(
  'relations of lineage',
  [eventsMigrations, accessMigrations, trackingMigrations],
  (open, engine) => {
    test('begin at an index on the nodes, and never look through a table', async () => {
      await using db = await open()
      await db.inTx(async (tx) => {
        // Of empty tables PostgreSQL looks through all; that it could do otherwise is what counts.
        if (engine === 'postgres') await sql`set local enable_seqscan = off`.execute(tx.tables())
        for (const relation of RELATIONS) {
          const { near, far, relation: name } = relation
          const asked = { ids: ['a'], keys: [1], names: ['a'], workspace: 1, words: tx.words }
          const query = relation.ask(tx.tables<TrackingTables>(), asked)
          const plan =
            engine === 'postgres'
              ? sql`explain ${query}`
              : sql`explain query plan select * from ${query} as q`
          const { rows } = await plan.execute(tx.tables())
          const steps = rows.map((row) => Object.values(row as object).join(' '))
          const told = `${near}→${far} ${name}:\n${steps.join('\n')}`
          const looked = steps.filter((step) => /Seq Scan|SCAN (?!json_each)/.test(step))
          assert.deepEqual(looked, [], told)
          // SQLite tells its steps in their order, PostgreSQL from the outermost in.
          const first = engine === 'postgres' ? steps.join('\n') : steps.find((step) => /SEARCH/.test(step))
          assert.match(first ?? '', BEGINS[`${near}→${far} ${name}`]!, told)
        }
      })
    })
  },
)
