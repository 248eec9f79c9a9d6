import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../migrations.ts'

/*
 * The schema that the migrations make stands in the repository, so that a review sees what a migration does to it.
 * After a change of the migrations: ORRERY_WRITE_SCHEMA=1 npm test -- schema
 */
eachEngine('schema', MIGRATIONS, (open, engine) => {
  test('the migrations make the schema that stands in the repository', async () => {
    await using db = await open()
    const file = new URL(`${engine}.sql`, import.meta.url)
    const made = await db.dumpSchema()
    if (process.env.ORRERY_WRITE_SCHEMA === '1') await writeFile(file, made)
    assert.ok(made.includes('run_params'), 'the dump holds the tables')
    assert.equal(made, await readFile(file, 'utf8'))
  })
})
