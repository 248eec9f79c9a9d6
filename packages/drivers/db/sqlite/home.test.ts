import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { addThing, allThings, thingModule } from '../suite/tables.ts'
import { testFolder } from '../testing/folder.ts'
import { refuseOldSqlite } from './open.ts'
import { openSqlite } from './store.ts'

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`pragma ${name}`).get()?.[name]
}

test('a new database has what cannot be changed later', async () => {
  using home = testFolder()
  await using db = await openSqlite({ folder: home.path })
  await db.migrate([thingModule])
  const look = new DatabaseSync(join(home.path, 'orrery.db'), { readOnly: true })
  assert.equal(pragma(look, 'application_id'), 0x4f727279)
  assert.equal(pragma(look, 'auto_vacuum'), 2)
  assert.equal(pragma(look, 'page_size'), 4096)
  assert.equal(pragma(look, 'journal_mode'), 'wal')
  look.close()
})

test('a home is open to one process, and the second is told who has it', async () => {
  using home = testFolder()
  const db = await openSqlite({ folder: home.path })
  await assert.rejects(
    openSqlite({ folder: home.path }),
    new RegExp(`is in use by another Orrery process \\(${process.pid}\\)`),
  )
  const url = new URL('./index.ts', import.meta.url).href
  const code = `import { openSqlite } from '${url}'; await openSqlite({ folder: '${home.path}' })`
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  assert.match(other.stderr, /is in use by another Orrery process/)
  await db.close()
  await (await openSqlite({ folder: home.path })).close()
})

test('closing leaves one database file and no WAL', async () => {
  using home = testFolder()
  const db = await openSqlite({ folder: home.path })
  await db.migrate([thingModule])
  await db.scan(async (reads) =>
    reads
      .tables()
      .selectNoFrom((eb) => eb.lit(1).as('one'))
      .execute(),
  )
  await db.close()
  assert.deepEqual(readdirSync(home.path).sort(), ['lock', 'orrery.db'])
})

test('a home that was not closed says so once it is opened, and one that was does not', async () => {
  using home = testFolder()
  using killed = testFolder()
  const told: number[] = []
  const open = (folder: string) => openSqlite({ folder, onUncleanStart: (bytes) => void told.push(bytes) })
  const db = await open(home.path)
  await db.migrate([thingModule])
  await db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 }))
  // What a killed process leaves: the files as they are now.
  for (const name of ['orrery.db', 'orrery.db-wal'])
    copyFileSync(join(home.path, name), join(killed.path, name))
  await db.close()
  await (await open(home.path)).close()
  assert.deepEqual(told, [])
  await using again = await open(killed.path)
  assert.ok(told.length === 1 && told[0]! > 0)
  assert.deepEqual(await again.read.all(allThings, {}), [{ name: 'a' }])
})

test('a file of another program is refused and left as it was', async () => {
  using home = testFolder()
  const file = join(home.path, 'orrery.db')
  const other = new DatabaseSync(file)
  other.exec('create table theirs (a)')
  other.close()
  await assert.rejects(openSqlite({ folder: home.path }), /a SQLite database of another program/)
  writeFileSync(file, 'not a database at all, but a long enough text to be looked at by somebody'.repeat(100))
  await assert.rejects(openSqlite({ folder: home.path }), /orrery\.db/)
})

test('a home that cannot be written is one sentence', async () => {
  await assert.rejects(openSqlite({ folder: '/proc' }), /\/proc cannot be written/)
})

test('a SQLite without the repair of the WAL reset is refused', () => {
  for (const version of ['3.51.2', '3.50.9', '2.9.9']) {
    assert.throws(() => refuseOldSqlite(version), /needs 3\.51\.3 or newer/)
  }
  for (const version of ['3.51.3', '3.53.0', '4.0.0']) refuseOldSqlite(version)
})

test('the default end of a database that cannot sync is exit code 70', () => {
  using home = testFolder()
  const url = (file: string) => new URL(file, import.meta.url).href
  const code = `
    import { openSqlite } from '${url('./index.ts')}'
    import { addThing, thingModule } from '${url('../suite/tables.ts')}'
    const syncer = () => ({ sync: async () => { throw new Error('EIO') }, close: async () => {} })
    const db = await openSqlite({ folder: '${home.path}', syncer })
    await db.migrate([thingModule])
    await db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 })).catch(() => {})
  `
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  assert.equal(child.status, 70)
  assert.match(child.stderr, /can no longer promise that writes are on disk, so Orrery ends: EIO/)
})
