import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import pino from 'pino'
import { type Composition, compose } from '../compose.ts'
import { readSettings } from '../settings.ts'

let root: string
let server: Composition
const at = (...names: string[]) => join(root, ...names)
const settingsOf = (home: string) => readSettings(['--port', '0', '--home', home], {})

/** One artifact in the home of a server that is running; `killed` is what it would leave if it were killed now. */
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'orrery-check-'))
  server = await compose(settingsOf(at('home')), pino({ level: 'silent' }))
  const url = await server.http.listen({ port: 0, host: '127.0.0.1' })
  const created = await fetch(`${url}/api/2.0/mlflow/runs/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"experiment_id":"0"}',
  })
  const { run } = (await created.json()) as { run: { info: { run_id: string } } }
  const file = `${url}/api/2.0/mlflow-artifacts/artifacts/0/${run.info.run_id}/artifacts/a.txt`
  assert.equal((await fetch(file, { method: 'PUT', body: 'hello' })).status, 200)
  await cp(at('home'), at('killed'), { recursive: true })
})
after(async () => {
  await server.close()
  await rm(root, { recursive: true })
})

/** The command itself. */
function check(home: string, ...words: string[]) {
  const main = join(import.meta.dirname, '..', 'main.ts')
  return spawnSync(process.execPath, [main, 'check', '--home', home, ...words], { encoding: 'utf8' })
}

/** A copy of the home to do harm to. */
async function spoiled(name: string, harm: (home: string) => Promise<void>): Promise<string> {
  await cp(at('killed'), at(name), { recursive: true })
  await harm(at(name))
  return at(name)
}

async function artifactIn(home: string): Promise<string> {
  const names = await readdir(home, { recursive: true })
  return join(home, names.find((name) => name.endsWith('a.txt'))!)
}

test('a home that a server is using is sound, and stays as it is', async () => {
  const { stdout, stderr, status } = check(at('home'), '--digests')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^The database: every page of .* was read, and is sound\.$/m)
  assert.match(stdout, /^Artifacts: each of 1 \(5 bytes\) is there, with the SHA-256 that was uploaded\.$/m)
  assert.match(
    check(at('home')).stdout,
    /^Artifacts: each of 1 .*, with its size \(--digests compares the bytes\)\.$/m,
  )
})

test('a missing artifact is named', async () => {
  const home = await spoiled('missing', async (folder) => rm(await artifactIn(folder)))
  const { stderr, status } = check(home)
  assert.equal(status, 2)
  assert.match(stderr, /^The home is damaged\. .*, 1 in all:\n {2}.*a\.txt\n$/)
})

test('an artifact of the same size with other bytes is found by its digest alone', async () => {
  const home = await spoiled('other bytes', async (folder) => writeFile(await artifactIn(folder), 'hullo'))
  assert.equal(check(home).status, 0)
  const { stderr, status } = check(home, '--digests')
  assert.equal(status, 2)
  assert.match(stderr, /a\.txt\n$/)
})

test('a damaged page is told with its file and what to do', async () => {
  const home = await spoiled('torn', async (folder) => {
    const file = join(folder, 'orrery.db')
    const database = new DatabaseSync(file)
    database.exec('pragma wal_checkpoint(truncate)')
    const { rootpage } = database.prepare(`select rootpage from sqlite_schema where name = 'runs'`).get()!
    database.close()
    const handle = await open(file, 'r+')
    await handle.write(Buffer.alloc(1_000, 'Z'), 0, 1_000, (Number(rootpage) - 1) * 4096)
    await handle.close()
  })
  const { stdout, stderr, status } = check(home)
  assert.equal(status, 2, stdout)
  assert.match(
    stderr,
    /orrery\.db (is damaged|cannot be read): .* restore the last backup into a new one\.$/m,
  )
})

test('a home that is not there could not be checked', () => {
  const { stderr, status } = check(at('nowhere'))
  assert.equal(status, 1)
  assert.match(stderr, /^There is no home: .* does not exist\. Name it with --home\.$/m)
})

test('the start after a kill says so, loses nothing, and names the check', async () => {
  const log = at('log')
  const settings = settingsOf(await spoiled('started', async () => {}))
  const again = await compose(settings, pino({ level: 'warn' }, pino.destination({ dest: log, sync: true })))
  await again.close()
  assert.match(await readFile(log, 'utf8'), /"walBytes":\d+,.*was not closed the last time.*orrery check/)
  const clean = at('clean-log')
  await (
    await compose(settings, pino({ level: 'warn' }, pino.destination({ dest: clean, sync: true })))
  ).close()
  assert.equal(await readFile(clean, 'utf8'), '')
})
