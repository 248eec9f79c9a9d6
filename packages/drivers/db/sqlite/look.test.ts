import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
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
