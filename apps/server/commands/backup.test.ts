import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import pino from 'pino'
import { compose } from '../compose.ts'
import { readSettings } from '../settings.ts'
import { makeBackup } from './make-backup.ts'
import { restoreBackup } from './restore-backup.ts'

let root: string
let backup: string
const at = (...names: string[]) => join(root, ...names)
const settingsOf = (home: string) => readSettings(['--port', '0', '--home', home], {})

/** One run with one artifact, backed up while the server is up. */
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'orrery-backup-'))
  backup = at('backup')
  const settings = settingsOf(at('home'))
  const { http, close } = await compose(settings, pino({ level: 'silent' }))
  const url = await http.listen({ port: 0, host: '127.0.0.1' })
  const created = await fetch(`${url}/api/2.0/mlflow/runs/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"experiment_id":"0"}',
  })
  const { run } = (await created.json()) as { run: { info: { run_id: string } } }
  const file = `${url}/api/2.0/mlflow-artifacts/artifacts/0/${run.info.run_id}/artifacts/a.txt`
  assert.equal((await fetch(file, { method: 'PUT', body: 'hello' })).status, 200)
  const { artifacts, damaged } = await makeBackup(settings, backup)
  assert.deepEqual([artifacts, damaged], [{ files: 1, bytes: 5 }, []])
  await close()
})
after(() => rm(root, { recursive: true }))

const fileIn = async (folder: string) => {
  const names = await readdir(folder, { recursive: true })
  return join(folder, names.find((name) => name.endsWith('a.txt'))!)
}

/** A copy of the backup to do harm to. */
async function spoiled(name: string, harm: (folder: string) => Promise<void>): Promise<string> {
  await cp(backup, at(name), { recursive: true })
  await harm(at(name))
  return at(name)
}

test('a backup is three things and no traces', async () => {
  assert.deepEqual((await readdir(backup)).sort(), ['artifacts', 'backup.json', 'orrery.db'])
  assert.deepEqual((await readdir(join(backup, 'artifacts'))).length, 1)
})

test('a backup says what its database is', async () => {
  const { database, databaseFile } = JSON.parse(await readFile(join(backup, 'backup.json'), 'utf8'))
  const bytes = await readFile(join(backup, 'orrery.db'))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  assert.deepEqual(
    { database, databaseFile },
    { database: 'sqlite', databaseFile: { bytes: bytes.length, sha256 } },
  )
})

test('a backup of artifacts alone is for PostgreSQL', async () => {
  const made = makeBackup(settingsOf(at('home')), at('artifacts-alone'), { artifactsOnly: true })
  await assert.rejects(made, /--artifacts-only is for workspaces on PostgreSQL/)
})

test('a backup replaces nothing', async () => {
  await assert.rejects(makeBackup(settingsOf(at('home')), backup), /is not empty/)
})

test('a backup into an empty folder that is there leaves that folder in its place', async () => {
  await mkdir(at('disk'))
  const { ino } = await stat(at('disk'))
  await makeBackup(settingsOf(at('home')), at('disk'))
  assert.deepEqual((await readdir(at('disk'))).sort(), ['artifacts', 'backup.json', 'orrery.db'])
  assert.equal((await stat(at('disk'))).ino, ino)
})

test('a home that is not there is not backed up', async () => {
  await assert.rejects(makeBackup(settingsOf(at('nowhere')), at('of-nothing')), /does not exist/)
})

test('an artifact that is not what was uploaded is named, and the rest is backed up', async () => {
  await cp(at('home'), at('rotten'), { recursive: true })
  await appendFile(await fileIn(at('rotten', 'artifacts')), '!')
  const { damaged } = await makeBackup(settingsOf(at('rotten')), at('of-rotten'))
  assert.match(damaged.join(), /a\.txt$/)
})

test('a restored home holds what was backed up', async () => {
  await mkdir(at('empty'))
  const { artifacts } = await restoreBackup(settingsOf(at('empty')), backup)
  assert.deepEqual(artifacts, { files: 1, bytes: 5 })
  assert.equal(await readFile(await fileIn(at('empty', 'artifacts')), 'utf8'), 'hello')
})

test('a home whose folder of artifacts is named and lies in it is restored whole', async () => {
  const home = at('named')
  const settings = readSettings(['--home', home, '--artifacts', join(home, 'artifacts')], {})
  await restoreBackup(settings, backup)
  assert.deepEqual((await readdir(home)).sort(), ['artifacts', 'orrery.db'])
  assert.equal(await readFile(await fileIn(join(home, 'artifacts')), 'utf8'), 'hello')
})

test('a restored database is for its user alone to read and write, whatever became of the modes of the backup', async () => {
  const from = await spoiled('read-only', (folder) => chmod(join(folder, 'orrery.db'), 0o444))
  await restoreBackup(settingsOf(at('writable')), from)
  assert.equal((await stat(at('writable', 'orrery.db'))).mode & 0o777, 0o600)
})

test('what a desktop leaves beside the artifacts of a backup does not keep it from being restored', async () => {
  const from = await spoiled('opened', (folder) => writeFile(join(folder, 'artifacts', '.DS_Store'), 'x'))
  const { artifacts } = await restoreBackup(settingsOf(at('undesked')), from)
  assert.equal(artifacts.files, 1)
})

/** Writes nonsense into a file. */
async function scribble(file: string, position: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(1_000, 'Z'), 0, 1_000, position)
  await handle.close()
}

/** Damages the first page of a table, which nobody reads who only opens the database. */
async function scribbleOver(table: string, file: string): Promise<void> {
  const database = new DatabaseSync(file)
  const found = database.prepare('select rootpage from sqlite_schema where name = ?').get(table)
  database.close()
  await scribble(file, (Number(found?.rootpage) - 1) * 4096)
}

test('a database that is damaged is not backed up, and its file is named', async () => {
  await cp(at('home'), at('torn'), { recursive: true })
  const file = at('torn', 'orrery.db')
  await scribbleOver('runs', file)
  await assert.rejects(makeBackup(settingsOf(at('torn')), at('of-torn')), {
    message: new RegExp(`^${file} cannot be backed up: .*\\.$`),
  })
})

/** The command itself. */
function orrery(...words: string[]) {
  const main = join(import.meta.dirname, '..', 'main.ts')
  return spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' })
}

test('a command that is misused points to its own help', () => {
  assert.match(
    orrery('backup', '--bogus').stderr,
    /--bogus is not a setting\. See \.\/orrery backup --help\./,
  )
})

test('a damaged home is not called checked', async () => {
  await cp(at('home'), at('rotten-too'), { recursive: true })
  await rm(await fileIn(at('rotten-too', 'artifacts')))
  const { stdout, stderr, status } = orrery('backup', '--home', at('rotten-too'), '--to', at('of-rotten-too'))
  assert.equal(status, 2, stderr)
  assert.match(stderr, /^The home is damaged\..*, 1 in all:\n .*a\.txt\n$/)
  assert.match(stdout, /^Backed up what there is: the database and 0 artifacts .* as of .*\.\n$/)
  assert.doesNotMatch(stdout, /Checked/)
})

const refusals: { name: string; harm: (folder: string) => Promise<void>; says: RegExp }[] = [
  {
    name: 'a backup that was broken off',
    harm: (folder) => rm(join(folder, 'backup.json')),
    says: /not a complete backup/,
  },
  {
    name: 'a backup in a format of a newer version',
    harm: (folder) => writeFile(join(folder, 'backup.json'), '{"format":2}'),
    says: /newer version of Orrery/,
  },
  {
    name: 'a database of a newer version',
    harm: async (folder) => {
      const database = new DatabaseSync(join(folder, 'orrery.db'))
      database.exec(`insert into schema_migrations values ('tracking', 999, 'from the future', 0)`)
      database.close()
    },
    says: /newer version of Orrery/,
  },
  {
    name: 'a database with a damaged page',
    harm: (folder) => scribbleOver('runs', join(folder, 'orrery.db')),
    says: /orrery\.db (is damaged|cannot be read): .*\. Nothing was restored\.$/,
  },
  {
    name: 'a database with a damaged head',
    harm: (folder) => scribble(join(folder, 'orrery.db'), 100),
    says: /orrery\.db cannot be read: .*\. Nothing was restored\.$/,
  },
  {
    name: 'another database than the one that was backed up',
    harm: async (folder) => {
      const database = new DatabaseSync(join(folder, 'orrery.db'))
      database.exec(`update runs set name = 'another'`)
      database.close()
    },
    says: /orrery\.db is damaged: it is not what was backed up\. Nothing was restored\.$/,
  },
  {
    name: 'an artifact with other bytes',
    harm: async (folder) => writeFile(await fileIn(join(folder, 'artifacts')), 'hullo'),
    says: /damaged: the artifact .*a\.txt is not what was backed up/,
  },
  {
    name: 'an artifact that is gone',
    harm: async (folder) => rm(await fileIn(join(folder, 'artifacts'))),
    says: /damaged: the artifact .*a\.txt is missing/,
  },
]

for (const { name, harm, says } of refusals) {
  test(`not restored: ${name}`, async () => {
    const from = await spoiled(`spoiled ${name}`, harm)
    await assert.rejects(restoreBackup(settingsOf(at('target')), from), says)
    assert.ok(!(await readdir(root)).some((entry) => entry.startsWith('target')), 'something was left behind')
  })
}

test('a home that holds anything is not restored over', async () => {
  await assert.rejects(restoreBackup(settingsOf(at('home')), backup), /is not empty/)
})
