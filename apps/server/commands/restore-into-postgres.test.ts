import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '@orrery/drivers/db/testing'
import pg from 'pg'
import pino from 'pino'
import { compose } from '../compose.ts'
import { readSettings } from '../settings.ts'
import { makeBackup } from './make-backup.ts'
import { restoreBackup } from './restore-backup.ts'

function restoreTests(): void {
  let root: string
  const at = (...names: string[]) => join(root, ...names)
  const settingsOf = (home: string, url?: string) =>
    readSettings(['--port', '0', '--home', home, ...(url === undefined ? [] : ['--database-url', url])], {})

  stopPostgresAfterTests()
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'orrery-into-postgres-'))
    const { close } = await compose(settingsOf(at('home')), pino({ level: 'silent' }))
    await close()
    await makeBackup(settingsOf(at('home')), at('backup'))
  })
  after(() => rm(root, { recursive: true }))

  test('a backup of a home on SQLite becomes one on PostgreSQL, whose backup becomes one on SQLite', async () => {
    const schema = await makeTestSchema()
    try {
      await restoreBackup(settingsOf(at('moved'), schema.url), at('backup'))
      assert.deepEqual((await readdir(at('moved'))).sort(), ['artifacts', 'database.json'])
      await makeBackup(settingsOf(at('moved'), schema.url), at('of-moved'))
      const { database } = await restoreBackup(settingsOf(at('back')), at('of-moved'))
      assert.equal(database, 'sqlite')
      assert.deepEqual((await readdir(at('back'))).sort(), ['artifacts', 'orrery.db'])
      await (await compose(settingsOf(at('back')), pino({ level: 'silent' }))).close()
    } finally {
      await schema.drop()
    }
  })

  test('a database with tables is not restored into, whoever made them', async () => {
    const schema = await makeTestSchema()
    const client = new pg.Client({ connectionString: schema.url })
    await client.connect()
    try {
      for (const [type, says] of [
        ['text', /not empty: it has the table 'mine'/],
        ['jsonb', /not empty: mine\.a has the type 'jsonb', which is none of ours/],
      ] as const) {
        await client.query(`drop table if exists mine`)
        await client.query(`create table mine (a ${type})`)
        await assert.rejects(restoreBackup(settingsOf(at('refused'), schema.url), at('backup')), says)
        assert.ok(!existsSync(at('refused')), 'something was left behind')
      }
    } finally {
      await client.end()
      await schema.drop()
    }
  })

  test('a database that does not let us in is not called full', async () => {
    const schema = await makeTestSchema()
    try {
      const url = new URL(schema.url)
      url.pathname = '/nowhere'
      const says = /^The database nowhere at \S+ \(--database-url\) cannot be used: .*does not exist/
      await assert.rejects(restoreBackup(settingsOf(at('refused'), url.href), at('backup')), {
        message: says,
      })
      // Before the first artifact is copied.
      await assert.rejects(makeBackup(settingsOf(at('home'), url.href), at('refused')), { message: says })
    } finally {
      await schema.drop()
    }
  })

  test('where no table can be made, the reason is told in a sentence', async () => {
    const schema = await makeTestSchema()
    try {
      const url = new URL(schema.url)
      url.searchParams.set('options', '-c search_path=missing')
      await assert.rejects(restoreBackup(settingsOf(at('refused'), url.href), at('backup')), {
        message: /^The tables cannot be made in PostgreSQL: no schema has been selected to create in\.$/,
      })
      assert.ok(!existsSync(at('refused')), 'something was left behind')
    } finally {
      await schema.drop()
    }
  })

  test('a database that no server or an older one has used is not backed up, before anything is copied', async () => {
    const schema = await makeTestSchema()
    const client = new pg.Client({ connectionString: schema.url })
    await client.connect()
    try {
      const settings = settingsOf(at('home'), schema.url)
      await assert.rejects(makeBackup(settings, at('refused')), /The database is empty: no server/)
      await restoreBackup(settingsOf(at('of another version'), schema.url), at('backup'))
      await client.query(`delete from schema_migrations where module = 'tracking' and number > 1`)
      await assert.rejects(makeBackup(settings, at('refused')), /tables are those of an older version/)
      await client.query(`update schema_migrations set number = 999 where module = 'tracking'`)
      await assert.rejects(makeBackup(settings, at('refused')), /written by a newer version/)
      assert.ok(!existsSync(at('refused')) && !existsSync(at('refused.partial')), 'something was left behind')
    } finally {
      await client.end()
      await schema.drop()
    }
  })

  test('artifacts alone are not restored beside an empty database', async () => {
    const schema = await makeTestSchema()
    try {
      await cp(at('backup'), at('alone'), { recursive: true })
      const manifest = JSON.parse(await readFile(at('alone', 'backup.json'), 'utf8'))
      await writeFile(at('alone', 'backup.json'), JSON.stringify({ ...manifest, database: 'postgresql' }))
      await assert.rejects(
        restoreBackup(settingsOf(at('refused'), schema.url), at('alone')),
        /restore its dump with pg_restore first/,
      )
      assert.ok(!existsSync(at('refused')), 'something was left behind')
    } finally {
      await schema.drop()
    }
  })
}

if (chosenEngines().includes('postgres')) describe('a restore into PostgreSQL', restoreTests)
