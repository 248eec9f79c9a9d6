import assert from 'node:assert/strict'
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { thingModule } from '../suite/tables.ts'
import { DATABASE_FILE, lookAtSqlite, openSqlite } from './index.ts'

async function homeOf(t: { after: (clean: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-look-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

test('a look takes no lock, and its backup is whole while the holder writes', async (t) => {
  const folder = await homeOf(t)
  await using db = await openSqlite({ folder, sync: false })
  await db.migrate([thingModule])
  const look = lookAtSqlite(join(folder, DATABASE_FILE), [thingModule])
  assert.equal(look.pendingMigrations, 0)
  const writePair = () =>
    db.inTx(async (tx) => {
      await sql`create table if not exists pairs (n)`.execute(tx.tables())
      await sql`insert into pairs values (1), (2)`.execute(tx.tables())
    })
  await writePair()
  let isDone = false
  const writing = (async () => {
    while (!isDone) await writePair()
  })()
  await look.backup(join(folder, 'copy.db'))
  isDone = true
  await writing
  look.close()
  const copy = lookAtSqlite(join(folder, 'copy.db'), [thingModule])
  const { rows } = await sql<{ n: number }>`select count(*) as n from pairs`.execute(copy.read.tables())
  assert.ok(rows[0]!.n > 0 && rows[0]!.n % 2 === 0)
  copy.close()
})

test('a look refuses a database that a newer version wrote, and one that is not there', async (t) => {
  const folder = await homeOf(t)
  const db = await openSqlite({ folder, sync: false })
  await db.migrate([thingModule])
  await db.close()
  assert.throws(() => lookAtSqlite(join(folder, DATABASE_FILE), []), /newer version of Orrery/)
  assert.throws(() => lookAtSqlite(join(folder, 'nope.db'), []), /no database/)
})

/** Writes nonsense into a file. */
async function scribble(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(1_000, 'Z'), 0, 1_000, at)
  await handle.close()
}

test('damage is found, and the file is named', async (t) => {
  const folder = await homeOf(t)
  const file = join(folder, DATABASE_FILE)
  const db = await openSqlite({ folder, sync: false })
  await db.migrate([thingModule])
  await db.close()
  const lastPage = (await stat(file)).size - 4096
  const look = lookAtSqlite(file, [thingModule])
  look.check()
  await scribble(file, lastPage)
  look.close()
  const again = lookAtSqlite(file, [thingModule])
  assert.throws(() => again.check(), new RegExp(`^Error: ${file} (is damaged|cannot be read): `))
  again.close()
  await scribble(file, 100)
  assert.throws(() => lookAtSqlite(file, [thingModule]), new RegExp(`^Error: ${file} cannot be read: `))
})
