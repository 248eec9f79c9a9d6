import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { openPostgres } from '@orrery/drivers/db/postgres'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '@orrery/drivers/db/testing'
import { sql } from 'kysely'
import pino from 'pino'
import { type Composition, compose } from '../compose.ts'
import { readSettings } from '../settings.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const RUNS = 30

stopPostgresAfterTests()
for (const engine of chosenEngines()) describe(`orrery audit on ${engine}`, () => suite(engine))

function suite(engine: string): void {
  let root: string
  let home: string
  let server: Composition
  let database: { readonly url: string; drop(): Promise<void> } | undefined

  /** The command as a user calls it, through the script of the repository. */
  async function audit(...argv: string[]) {
    const url = database === undefined ? {} : { ORRERY_DATABASE_URL: database.url }
    const env = { PATH: process.env.PATH, ORRERY_HOME: home, ...url }
    const child = spawn(join(ROOT, 'orrery'), ['audit', ...argv], { stdio: 'pipe', env })
    const [out, error, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => void child.once('close', resolve)),
    ])
    return { out, error, code }
  }

  async function createRuns(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const answer = await server.http.inject({
        method: 'POST',
        url: '/api/2.0/mlflow/runs/create',
        headers: { host: '127.0.0.1', 'content-type': 'application/json', 'x-orrery-reason': `Run ${n}` },
        payload: '{"experiment_id":"0"}',
      })
      assert.equal(answer.statusCode, 200, answer.body)
    }
  }

  /** Past the server, as somebody would who has the database. */
  async function tamper(statements: readonly string[]): Promise<void> {
    if (database === undefined) {
      const file = new DatabaseSync(join(home, 'orrery.db'))
      for (const statement of statements) file.exec(statement)
      file.close()
      return
    }
    await using db = await openPostgres({ url: database.url })
    await db.inTx(async (tx) => {
      for (const statement of statements) await sql.raw(statement).execute(tx.tables())
    })
  }

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'orrery-audit-'))
    home = join(root, 'home')
    if (engine === 'postgres') database = await makeTestSchema()
    const flags = ['--port', '0', '--home', home]
    const where = database === undefined ? [] : ['--database-url', database.url]
    server = await compose(readSettings([...flags, ...where], {}), pino({ level: 'silent' }))
    await createRuns(RUNS)
  })
  after(async () => {
    await database?.drop()
    await rm(root, { recursive: true })
  })

  test('a log verifies while the server writes to it', async () => {
    const writing = createRuns(200)
    const { out, error, code } = await audit('verify')
    await writing
    assert.deepEqual([error, code], ['', 0], out)
    assert.match(out, /default: \d+ events verified; the last is number \d+, [0-9a-f]{64}/)
    assert.match(out, /There is no anchor to compare with\./)
  })

  test('an anchor is written once, for the owner only, and what is verified is compared with it', async () => {
    const { out, code } = await audit('anchor')
    assert.equal(code, 0)
    const [file] = out.split('\n')
    assert.equal((await stat(file!)).mode & 0o777, 0o600)
    const again = await audit('anchor')
    assert.equal(again.out, out, 'nothing has happened in between')
    assert.equal((await readdir(join(home, 'anchors'))).length, 1)
    await createRuns(1)
    const next = await audit('anchor')
    const second = JSON.parse(await readFile(next.out.split('\n')[0]!, 'utf8'))
    assert.equal(`SHA-256 ${second.previous}`, out.trimEnd().split('\n')[1])
    const verified = await audit('verify', '--json', '--anchor', file!)
    const { anchor, workspaces } = JSON.parse(verified.out)
    assert.deepEqual(
      [anchor, workspaces[0].workspace, workspaces[0].faults, verified.code],
      [file, 'default', [], 0],
    )
    assert.match((await audit('verify')).out, /Compared with the anchor .*anchors.*\.json\./)
  })

  test('an export has every event and the head, and replaces no file', async () => {
    const to = join(root, 'audit.jsonl')
    const { code, error } = await audit('export', '--workspace', 'default', '--to', to)
    assert.equal(code, 0, error)
    const lines = (await readFile(to, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const end = lines.pop()
    assert.equal(lines.length, end.rows)
    assert.equal(lines.at(-1).hash, end.head.hash)
    assert.ok(lines.some(({ reason, type }) => reason === 'Run 7' && type === 'run.created'))
    assert.equal((await audit('export', '--workspace', 'default', '--to', to)).code, 1)
    const { out } = await audit('export', '--workspace', 'default', '--format', 'csv')
    assert.equal(out.split('\r\n').length, lines.length + 3)
  })

  test('what cannot be done is one sentence and 1', async () => {
    const rows: [string[], RegExp][] = [
      [['verify', '--home', join(root, 'nowhere')], /There is no home/],
      [['verify', '--anchor', join(root, 'nowhere')], /anchor cannot be read/],
      [['verify', '--anchor', join(ROOT, 'package.json')], /not an anchor file/],
      [['export'], /Say whose log/],
      [['export', '--workspace', 'x'], /no workspace 'x'/],
      [['export', '--workspace', 'default', '--format', 'xml'], /jsonl and csv/],
    ]
    for (const [argv, says] of rows) {
      const { code, error } = await audit(...argv)
      assert.equal(code, 1, argv.join(' '))
      assert.match(error, says)
      assert.equal(error.trimEnd().split('\n').length, 1, error)
    }
  })

  test('a log that somebody has written to by hand does not verify: 2, with the position', async () => {
    await server.close()
    await tamper([
      `update event_log set reason = 'Innocent' where position = 7`,
      'delete from event_log where position = 12',
    ])
    const { out, code } = await audit('verify')
    assert.equal(code, 2)
    assert.match(out, /at position 7, changed: What it says is not what was written\./)
    assert.match(
      out,
      /at position 12, missing: The event of number 12 is missing, between positions 11 and 13\./,
    )
    assert.match(out, /The log, or an anchor, is NOT as it was written\./)
  })
}
