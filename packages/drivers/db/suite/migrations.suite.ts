import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../database.ts'
import type { Migration, MigrationModule } from '../migrations.ts'
import { addThing, allThings, thingModule } from './tables.ts'

function another(number: number, name: string, ...sql: string[]): MigrationModule {
  const migration: Migration = { number, name, up: () => sql }
  return { ...thingModule, migrations: [...thingModule.migrations.slice(0, number - 1), migration] }
}

export function migrationSuite(open: () => Promise<Database>): void {
  test('migrating twice changes nothing, and a new step is taken once', async () => {
    await using db = await open()
    await db.migrate([thingModule])
    await db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 }))
    const grown = another(2, 'colour', 'alter table things add column colour text')
    await db.migrate([grown])
    await db.migrate([grown])
    assert.match(await db.dumpSchema(), /colour text/)
    assert.equal((await db.read.all(allThings, {})).length, 1)
  })

  test('modules migrate in the order given', async () => {
    await using db = await open()
    const second: MigrationModule = {
      module: 'second',
      migrations: [
        { number: 1, name: 'on top', up: () => ['create view top_things as select name, extra from things'] },
      ],
    }
    await db.migrate([another(2, 'extra', 'alter table things add column extra text'), second])
    assert.match(await db.dumpSchema(), /extra text/)
  })

  test('a step that fails leaves nothing behind and says which it was', async () => {
    await using db = await open()
    const before = await db.dumpSchema()
    const broken = another(2, 'broken', 'create table half (a text)', 'create tabel oops (a text)')
    await assert.rejects(db.migrate([broken]), /migration 2 \('broken'\) of 'things' failed/)
    assert.equal(await db.dumpSchema(), before)
    await db.migrate([another(2, 'mended', 'create table half (a text)')])
    assert.match(await db.dumpSchema(), /create table half/i)
  })

  test('a schema of a newer version is refused with both versions named', async () => {
    await using db = await open()
    await db.migrate([another(2, 'future', 'alter table things add column colour text')])
    await assert.rejects(
      db.migrate([thingModule]),
      /'things' is at 2 \('future'\), and this version knows it up to 1/,
    )
    await assert.rejects(db.migrate([]), /newer version of Orrery/)
  })

  test('another history is refused, and so are gaps', async () => {
    await using db = await open()
    await assert.rejects(db.migrate([another(1, 'something else')]), /another history/)
    await assert.rejects(
      db.migrate([another(3, 'gap')]),
      /migration 3 of module 'things' stands where 2 should/,
    )
  })

  test('the dump of a schema is the same text every time', async () => {
    await using one = await open()
    await using two = await open()
    assert.equal(await one.dumpSchema(), await two.dumpSchema())
  })
}
