import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Caller, countingIds } from '@orrery/base/kernel'
import { makeAccess, makeCredentials, makeMeter, makePasswordHasher } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import pino from 'pino'
import { PLAIN_SETTINGS } from './http/testing/plain-settings.ts'
import { MIGRATIONS } from './migrations.ts'
import { wire } from './wire.ts'

const HOUR = 3_600_000
const PASSWORD = 'correct horse battery'
const HASHER = makePasswordHasher({ logN: 4 })

/** The whole server over a fresh database, and the verbs of credentials as another server on it has them. */
async function openServer(db: Database, auth = true, time = { now: 1_700_000_000_000 }) {
  const clock = () => time.now
  const folder = await mkdtemp(join(tmpdir(), 'orrery-auth-'))
  const store = await openLocalArtifactStore(folder)
  const log = pino({ level: 'silent' })
  const { http, accounts, close } = await wire(
    { db, store, clock, ids: countingIds() },
    { ...PLAIN_SETTINGS, auth, home: join(folder, '.home') },
    log,
  )
  const emit = makeEmit({ clock, ids: countingIds(1000) })
  const access = makeAccess({ db, clock })
  const verbs = makeCredentials({
    ...{ db, clock, ids: countingIds(1000), emit, meter: makeMeter({ db, emit }), hasher: HASHER },
    ...access,
    running: async () => [],
  })
  return {
    accounts,
    verbs,
    time,
    /** Completes the setup; the password is of a cost that tests can bear. */
    setUp: () =>
      verbs.setup.complete(
        { requestId: 'r', address: '' },
        { link: accounts.setupLink!, name: 'ada', password: PASSWORD, browser: '' },
      ),
    callerOf: async (headers: { authorization: string }): Promise<Caller> => {
      const asking = {
        workspace: undefined,
        requestId: 'r',
        address: '',
        reason: undefined,
        session: undefined,
      }
      return verbs.authentication.findCaller({ ...asking, ...headers }, 'members')
    },
    async call(method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}, body?: unknown) {
      const answer = await http.inject({
        method,
        url,
        headers: {
          host: '127.0.0.1',
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(method === 'POST' ? { payload: JSON.stringify(body ?? {}) } : {}),
      })
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    },
    async [Symbol.asyncDispose]() {
      await close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

const CREATE = '/api/2.0/mlflow/experiments/create'
const SEARCH = '/api/2.0/mlflow/experiments/search?max_results=10'
const basic = { authorization: `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}` }

eachEngine('a server that asks for accounts', MIGRATIONS, (open) => {
  test('lets nobody in but by a credential, and says how far it has come', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { asked, exist, setupLink } = server.accounts
    assert.deepEqual([asked, exist], [true, false])
    assert.match(setupLink!, /^[\w-]{43}$/)
    for (const url of ['/health', '/version', '/api/3.0/mlflow/server-info']) {
      assert.equal((await server.call('GET', url)).status, 200, url)
    }
    const refused = await server.call('GET', SEARCH)
    assert.equal(refused.status, 401)
    assert.equal(refused.headers['www-authenticate'], 'Basic realm="mlflow"')
    assert.equal(JSON.parse(refused.body).error_code, 'UNAUTHENTICATED')
    assert.equal((await server.call('POST', CREATE, {}, { name: 'x' })).status, 401)
    assert.equal((await server.call('GET', SEARCH, basic)).status, 401)
  })

  test('serves a name and password, a token and a session', async () => {
    await using db = await open()
    await using server = await openServer(db)
    const { secret } = await server.setUp()
    const ada = await server.callerOf(basic)
    const { token } = await server.verbs.tokens.create(ada, { kind: 'personal', name: 'x' })
    const forms: Record<string, string>[] = [
      basic,
      { authorization: `Bearer ${token}` },
      { cookie: `orrery=${secret}`, 'sec-fetch-site': 'same-origin', 'x-requested-with': 'test' },
    ]
    for (const [i, headers] of forms.entries()) {
      assert.equal((await server.call('POST', CREATE, headers, { name: `e${i}` })).status, 200)
      assert.equal((await server.call('GET', SEARCH, headers)).status, 200)
    }
    const forged = await server.call('POST', CREATE, { cookie: `orrery=${secret}` }, { name: 'forged' })
    assert.equal(forged.status, 403)
    const listed = JSON.parse((await server.call('GET', SEARCH, basic)).body)
    assert.deepEqual(listed.experiments.map(({ name }: { name: string }) => name).sort(), [
      'Default',
      'e0',
      'e1',
      'e2',
    ])
  })

  test('what is wrong with a credential is told to whoever has it: a token its end, one of an hour its next step', async () => {
    await using db = await open()
    await using server = await openServer(db)
    await server.setUp()
    const ada = await server.callerOf(basic)
    const short = await server.verbs.tokens.create(ada, { kind: 'personal', name: 'x', lifeMs: 1000 })
    const tracking = await server.verbs.tokens.createTracking(ada, {})
    const ask = (token: string) => server.call('GET', SEARCH, { authorization: `Bearer ${token}` })
    assert.deepEqual([(await ask(short.token)).status, (await ask(tracking.token)).status], [200, 200])
    server.time.now += HOUR
    const told = async (answer: Promise<{ status: number; body: string }>) => {
      const { status, body } = await answer
      assert.equal(status, 401)
      return JSON.parse(body).message
    }
    assert.match(
      await told(server.call('GET', SEARCH)),
      /has no valid credential\. It has none: .*ORRERY_TOKEN/,
    )
    assert.match(
      await told(ask(`orrery_pat_${'x'.repeat(43)}`)),
      /no valid credential\. The one that was sent is wrong/,
    )
    assert.equal(
      await told(ask(short.token)),
      'You are not authenticated: the token expired at 2023-11-14T22:13:21.000Z. Sign in anew, or use another token.',
    )
    const expired = await ask(tracking.token)
    assert.equal(expired.status, 401)
    assert.match(
      JSON.parse(expired.body).message,
      /^The tracking credential expired at 2023-11-14T23:13:20\.000Z\. /,
    )
  })
})

eachEngine('two servers on one database', MIGRATIONS, (open, engine) => {
  test('what one of them takes away is gone on the other within a second', {
    skip: engine === 'sqlite',
  }, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    await using db = await open()
    const time = { now: 1_700_000_000_000 }
    await using one = await openServer(db, true, time)
    await one.setUp()
    await using two = await openServer(db, true, time)
    const ada = await one.callerOf(basic)
    const { token, id } = await one.verbs.tokens.create(ada, { kind: 'personal', name: 'x' })
    const headers = { authorization: `Bearer ${token}` }
    const ask = async (server: typeof one) => (await server.call('GET', SEARCH, headers)).status
    assert.deepEqual([await ask(one), await ask(two)], [200, 200])
    await one.verbs.tokens.revoke(ada, { id })
    // What the two remember is believed until they ask; they ask four times a second.
    assert.deepEqual([await ask(one), await ask(two)], [200, 200])
    time.now += 250
    t.mock.timers.tick(250)
    for (const server of [one, two]) {
      let status = 200
      // What it asked the database is on its way.
      for (const patience = performance.now() + 60_000; status === 200 && performance.now() < patience; ) {
        await new Promise(setImmediate)
        status = await ask(server)
      }
      assert.equal(status, 401)
    }
  })

  test('one that cannot ask the others believes nothing after a second', {
    skip: engine === 'sqlite',
  }, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    await using db = await open()
    const time = { now: 1_700_000_000_000 }
    await using server = await openServer(db, true, time)
    await server.setUp()
    const ada = await server.callerOf(basic)
    const { token, id } = await server.verbs.tokens.create(ada, { kind: 'personal', name: 'x' })
    const ask = async () => (await server.call('GET', SEARCH, { authorization: `Bearer ${token}` })).status
    assert.equal(await ask(), 200)
    await server.verbs.tokens.revoke(ada, { id })
    time.now += 1000
    assert.equal(await ask(), 200)
    time.now += 1
    assert.equal(await ask(), 401)
  })
})

eachEngine('a server that asks for none', MIGRATIONS, (open) => {
  test('serves everybody, whatever they send along', async () => {
    await using db = await open()
    await using server = await openServer(db, false)
    assert.deepEqual(server.accounts, { asked: false, exist: false, setupLink: undefined })
    for (const headers of [{}, basic, { authorization: 'Bearer x' }] as Record<string, string>[]) {
      assert.equal((await server.call('GET', SEARCH, headers)).status, 200)
    }
  })

  test('says that there are accounts once there are', async () => {
    await using db = await open()
    {
      await using server = await openServer(db)
      await server.setUp()
    }
    await using server = await openServer(db, false)
    assert.deepEqual(server.accounts, { asked: false, exist: true, setupLink: undefined })
    await using again = await openServer(db)
    assert.deepEqual(again.accounts, { asked: true, exist: true, setupLink: undefined })
  })
})
