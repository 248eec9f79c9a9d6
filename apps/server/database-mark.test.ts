import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pino from 'pino'
import { makeBackup } from './commands/make-backup.ts'
import { compose } from './compose.ts'
import { DATABASE_MARK, markDatabase, refuseWithoutDatabase } from './database-mark.ts'
import { readSettings } from './settings.ts'

const URL = 'postgresql://orrery:secret@db.example.org:5433/lab?sslmode=require'

let home: string
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'orrery-mark-'))
})
after(() => rm(home, { recursive: true }))

const without = () => readSettings(['--port', '0', '--home', home], {})
const withDatabase = () => readSettings(['--home', home, '--database-url', URL], {})

test('a home of SQLite has no mark', async () => {
  markDatabase(without())
  assert.deepEqual(await readdir(home), [])
  refuseWithoutDatabase(without())
})

test('a home of PostgreSQL says where its database is, and keeps no secret', async () => {
  markDatabase(withDatabase())
  const text = await readFile(join(home, DATABASE_MARK), 'utf8')
  assert.deepEqual(JSON.parse(text), { host: 'db.example.org:5433', database: 'lab' })
  refuseWithoutDatabase(withDatabase())
})

test('a marked home is neither started nor backed up without its database, and gets no other one', async () => {
  const says = /database 'lab' at db\.example\.org:5433.*--database-url/
  await assert.rejects(compose(without(), pino({ level: 'silent' })), says)
  await assert.rejects(makeBackup(without(), join(home, 'backup')), says)
  assert.deepEqual(await readdir(home), [DATABASE_MARK])
})

test('a mark that cannot be read is a mark', async () => {
  await writeFile(join(home, DATABASE_MARK), '{"ho')
  assert.throws(() => refuseWithoutDatabase(without()), /are in PostgreSQL, says .*--database-url/)
})
