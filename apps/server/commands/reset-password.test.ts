import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import pino from 'pino'
import { compose } from '../compose.ts'
import { readSettings } from '../settings.ts'

const PASSWORD = 'correct horse battery'
const NEW = 'battery staple correct'
const MAIN = join(import.meta.dirname, '..', 'main.ts')

let root: string
let home: string

/** The command as a user calls it. */
async function reset(argv: readonly string[], stdin = '') {
  const { NODE_COMPILE_CACHE } = process.env
  const env = { NODE_COMPILE_CACHE }
  const child = spawn(process.execPath, [MAIN, 'reset-password', ...argv], { stdio: 'pipe', env })
  child.stdin.end(stdin)
  const [out, error, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => void child.once('close', resolve)),
  ])
  return { out, error, code }
}

const serving = async () => {
  const settings = readSettings(['--port', '0', '--home', home, '--auth'], {})
  const server = await compose(settings, pino({ level: 'silent' }))
  const signsIn = async (password: string) => {
    const authorization = `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`
    const headers = { host: '127.0.0.1', authorization }
    return (await server.http.inject({ url: '/api/2.0/mlflow/users/current', headers })).statusCode
  }
  return { ...server, signsIn, [Symbol.asyncDispose]: () => server.close() }
}

const form = (fields: Record<string, string>) => ({
  method: 'POST' as const,
  headers: {
    host: '127.0.0.1',
    origin: 'http://127.0.0.1',
    'content-type': 'application/x-www-form-urlencoded',
  },
  payload: new URLSearchParams(fields).toString(),
})

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'orrery-reset-'))
  home = join(root, 'home')
  await using server = await serving()
  const link = server.accounts.setupLink!
  const made = await server.http.inject({
    ...form({ link, name: 'ada', password: PASSWORD, again: PASSWORD }),
    url: '/setup',
  })
  assert.equal(made.statusCode, 303, made.body)
})
after(() => rm(root, { recursive: true }))

test('a password from standard input', async () => {
  const { out, error, code } = await reset(['ada', '--home', home, '--password-stdin'], `${NEW}\n`)
  assert.deepEqual([error, code], ['', 0])
  assert.match(out, /^The account 'ada' has its new password, and its sessions have ended\. Its tokens stay;/)
  await using server = await serving()
  assert.deepEqual([await server.signsIn(PASSWORD), await server.signsIn(NEW)], [401, 200])
})

test('a link that works in the server that is started after it', async () => {
  const { out, error, code } = await reset([
    'ADA',
    '--revoke',
    `--home=${home}`,
    '--port=5001',
    '--base-path=/ml',
  ])
  assert.deepEqual([error, code], ['', 0])
  assert.match(out, /sets the password of 'ada' .* Every session and token of the account has ended\./)
  const [, link] = /http:\/\/127\.0\.0\.1:5001\/ml\/reset-password\?link=([\w-]{43})\n/.exec(out)!
  await using server = await serving()
  const done = await server.http.inject({
    ...form({ link: link!, password: PASSWORD, again: PASSWORD }),
    url: '/reset-password',
  })
  assert.equal(done.statusCode, 303, done.body)
  assert.deepEqual([await server.signsIn(PASSWORD), await server.signsIn(NEW)], [200, 401])
})

test('what it refuses is one sentence', async () => {
  for (const [argv, says, stdin] of [
    [[], /^Say whose password: orrery reset-password NAME/],
    [['--home', home], /^Say whose password/],
    [['nobody', '--home', home], /^The reset failed: User with username=nobody not found/],
    [['ada', '--home', join(root, 'elsewhere')], /^There is no workspace at /],
    [
      ['ada', '--home', home, '--password-stdin'],
      /^The reset failed: Password must be at least 12/,
      'short\n',
    ],
    [['ada', '--hoem', home], /^--hoem is not a setting/],
  ] as const) {
    const { out, error, code } = await reset(argv, stdin)
    assert.match(error, says)
    assert.deepEqual([out, code, error.trim().split('\n').length], ['', 1, 1], error)
  }
  assert.match((await reset(['--help'])).out, /^Usage: orrery reset-password NAME/)
})

test('a home that a server uses is left alone', async () => {
  await using _ = await serving()
  const { error, code } = await reset(['ada', '--home', home])
  assert.equal(code, 1)
  assert.match(error, /is in use by/)
})
