import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { MigrationModule } from '../migrations.ts'
import { addThing, allPoints, pointInsert, thingModule } from '../suite/tables.ts'
import { testFolder } from '../testing/folder.ts'
import { openSqlite } from './store.ts'

test('a backup under load is whole: no verb is in it by half', async () => {
  using home = testFolder()
  const file = join(home.path, 'backup.db')
  await using db = await openSqlite({ folder: home.path, sync: false })
  await db.migrate([thingModule])
  const insert = pointInsert('fail')
  let series = 0
  let isDone = false
  const load = (async () => {
    while (!isDone) {
      series += 1
      const rows = Array.from({ length: 100 }, (_, step) => [series, step, step, 'x'.repeat(200)])
      await db.inTx((tx) => tx.bulk(insert, rows))
    }
  })()
  while (series < 50) await new Promise((resolve) => setImmediate(resolve))
  const written = series
  await db.backup(file)
  isDone = true
  await load
  const copy = new DatabaseSync(file, { readOnly: true })
  const counts = copy.prepare('select count(*) as points from points group by series').all()
  copy.close()
  assert.ok(counts.length >= written - 1)
  assert.ok(counts.every(({ points }) => points === 100))
  assert.equal((await db.read.all(allPoints, {})).length, series * 100)
})

test('a backup replaces nothing and leaves nothing unfinished behind', async () => {
  using home = testFolder()
  await using db = await openSqlite({ folder: home.path, sync: false })
  const file = join(home.path, 'backup.db')
  await db.backup(file)
  await assert.rejects(db.backup(file), /exists already/)
  await assert.rejects(db.backup(join(home.path, 'no such folder', 'backup.db')))
  assert.deepEqual(
    readdirSync(home.path).filter((name) => name.includes('partial')),
    [],
  )
})

test('before a schema changes the database is copied aside, and one copy is kept', async () => {
  using home = testFolder()
  let time = Date.UTC(2026, 0, 1)
  await using db = await openSqlite({ folder: home.path, sync: false, clock: () => (time += 60_000) })
  await db.migrate([thingModule])
  const copies = () => {
    try {
      return readdirSync(join(home.path, 'before-migration'))
    } catch {
      return []
    }
  }
  assert.deepEqual(copies(), [], 'an empty database needs no copy')
  await db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 }))
  const step = (number: number, ...sql: string[]): MigrationModule['migrations'][number] => ({
    number,
    name: `step ${number}`,
    up: () => sql,
  })
  const upTo = (...more: MigrationModule['migrations']) => [
    { ...thingModule, migrations: [...thingModule.migrations, ...more] },
  ]
  const two = step(2, 'alter table things add column two text')
  await db.migrate(upTo(two))
  const [first] = copies()
  const copy = new DatabaseSync(join(home.path, 'before-migration', first!), { readOnly: true })
  assert.deepEqual({ ...copy.prepare('select * from things').get() }, { thing_key: 1, name: 'a', size: 1 })
  copy.close()

  await assert.rejects(db.migrate(upTo(two, step(3, 'nonsense'))))
  assert.equal(copies().length, 2, 'a failed upgrade keeps every copy')
  await db.migrate(upTo(two, step(3, 'alter table things add column three text')))
  assert.equal(copies().length, 1)
  assert.notEqual(copies()[0], first)
})
