import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeBrowser } from './http/sign-in/testing/make-browser.ts'
import { openProvider } from './http/sign-on/testing/open-provider.ts'

const MAIN = join(import.meta.dirname, 'main.ts')

const PASSWORD = 'correct horse battery'

/** Starts a server that asks for accounts. @returns its address, and the path of the link of its setup */
async function start(t: TestContext, ...argv: string[]): Promise<{ origin: string; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-set-up-'))
  const all = [MAIN, 'server', '--auth', '--port', '0', '--home', folder, ...argv]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const link = () => /(http:\/\/\S+)(\/setup\?link=[\w-]{43})\n/.exec(output)
  while (link() === null) {
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended])
    if (child.exitCode !== null) assert.fail(output)
  }
  const [, origin, path] = link()!
  return { origin: origin!, path: path! }
}

test('from the printed link to a signed-in owner, whose client works, and out again', async (t) => {
  const { origin, path } = await start(t)
  const browser = makeBrowser(origin)
  const form = await browser.open(path)
  const home = await browser.submit(form, { name: 'ada', password: PASSWORD, again: PASSWORD })
  assert.equal(home.status, 200)
  assert.match(home.text, /Signed in as <strong>ada<\/strong>/)
  assert.match(home.text, /Workspace <strong>default<\/strong>/)

  const authorization = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`
  const made = await fetch(`${origin}/api/2.0/mlflow/experiments/create`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{"name": "first"}',
  })
  assert.equal(made.status, 200)

  const out = await browser.submit(home, {})
  assert.deepEqual(out.via, [{ status: 303, location: '/sign-in' }])
  const asked = await browser.open('/')
  assert.deepEqual(asked.via, [{ status: 303, location: '/sign-in?next=%2F' }])
  const again = await browser.submit(asked, { name: 'ada', password: PASSWORD })
  assert.match(again.text, /Signed in as <strong>ada<\/strong>/)
  assert.equal((await browser.open(path)).status, 404)
})

test('from its settings to whoever signs on at a provider', async (t) => {
  await using provider = await openProvider()
  const { issuer, clientId, clientSecret } = provider.settings
  const flags = [`--oidc-issuer=${issuer}`, `--oidc-client-id=${clientId}`]
  const { origin } = await start(t, ...flags, `--oidc-client-secret=${clientSecret}`)
  provider.people.set('7', { preferred_username: 'grace' })
  const browser = makeBrowser(origin)
  const login = await browser.submit(await browser.open('/sign-in?next=/sign-in'), {}, {}, '/sign-on')
  const consent = await browser.submit(login, { login: '7', password: 'x' })
  const done = await browser.submit(consent, {})
  assert.match(done.text, /signed in as <strong>grace<\/strong>/)
})
