import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { openMailer } from '@orrery/drivers/egress/smtp'
import { openEgress } from '@orrery/drivers/egress/undici'
import pino from 'pino'
import { openMailServer } from '../../packages/drivers/egress/testing/mail-server.ts'
import { openReceiver } from '../../packages/drivers/egress/testing/receiver.ts'
import { PLAIN_SETTINGS } from './http/testing/plain-settings.ts'
import { MIGRATIONS } from './migrations.ts'
import { wire } from './wire.ts'

const SETTINGS = {
  ...PLAIN_SETTINGS,
  publicUrl: 'https://ml.example.org',
  secretKey: 'a key of the tests, long enough',
}
const SECRET = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cyE='

/** The whole server, with real receivers and everything that it logs. */
async function openServer(db: Database, smtpUrl?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-deliveries-'))
  const store = await openLocalArtifactStore(join(folder))
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const egress = openEgress({ allow: ['127.0.0.1'] })
  const mailer = smtpUrl === undefined ? undefined : openMailer({ url: smtpUrl, from: 'orrery@example.org' })
  const settings = { ...SETTINGS, home: join(folder, '.home') }
  const { http, close } = await wire({ db, store, egress, mailer }, settings, pino({ level: 'trace' }, sink))

  async function post(path: string, body: unknown = {}, method: 'POST' | 'GET' = 'POST') {
    const answer = await http.inject({
      method,
      url: path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`,
      headers: { host: '127.0.0.1' },
      ...(method === 'POST' ? { payload: body as object } : {}),
    })
    assert.ok(answer.statusCode < 300, `${path}: ${answer.statusCode} ${answer.body}`)
    return answer.body === '' ? undefined : answer.json()
  }

  return {
    post,
    get: (path: string) => post(path, undefined, 'GET'),
    logged: () => lines.join(''),
    async [Symbol.asyncDispose]() {
      await close()
      await egress.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const SUBSCRIPTIONS = '/api/orrery/v1/subscriptions'

/** What the seeds want to be told of, as far as there is something that tells it. */
async function liveOnce({ post }: Pick<Awaited<ReturnType<typeof openServer>>, 'post'>): Promise<void> {
  for (const status of ['FINISHED', 'FAILED']) {
    const { run } = await post('runs/create', { experiment_id: '0', run_name: status })
    await post('runs/update', { run_id: run.info.run_id, status })
  }
  await post('registered-models/create', { name: 'fraud' })
}

const LIFE_CYCLE = ['run.completed', 'run.failed', 'model.registered']

eachEngine('deliveries of the whole server', MIGRATIONS, (open) => {
  test('the events of the life cycle arrive at a webhook, signed, and as mail', async () => {
    await using db = await open()
    await using receiver = await openReceiver()
    await using mails = await openMailServer()
    await using server = await openServer(db, `${mails.url}?tls=never`)
    const filter = { types: LIFE_CYCLE }
    await server.post(SUBSCRIPTIONS, { name: 'hook', url: `${receiver.url}/in`, secret: SECRET, filter })
    await server.post(SUBSCRIPTIONS, { name: 'mail', shape: 'email', addresses: ['ops@example.org'], filter })
    await liveOnce(server)
    const received = await receiver.count(3)
    assert.deepEqual(received.map(({ body }) => JSON.parse(body).type).sort(), [
      'orrery.model.registered',
      'orrery.run.completed',
      'orrery.run.failed',
    ])
    assert.ok(received.every(({ headers }) => String(headers['webhook-signature']).startsWith('v1,')))
    assert.equal(JSON.parse(received[0]!.body).source, 'https://ml.example.org/workspaces/default')
    while (mails.received.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    const subjects = mails.received.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)![1]!).sort()
    assert.match(subjects.join('\n'), /\[default\] The run FAILED of local-owner failed\./)
    assert.match(subjects.join('\n'), /\[default\] The run FINISHED of local-owner ended well\./)
    assert.match(subjects.join('\n'), /\[default\] local-owner registered the model fraud\./)
  })

  test('a secret is in no answer and no line of the log, and a receiver writes no lines of its own', async () => {
    await using db = await open()
    await using receiver = await openReceiver((_, response) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('\r\n{"level":60,"msg":"fired"}\x1b[2J')
    })
    await using server = await openServer(db)
    const made = await server.post(SUBSCRIPTIONS, {
      name: 'hook',
      url: `${receiver.url}/token-in-the-path`,
      secret: SECRET,
      filter: { types: LIFE_CYCLE },
    })
    await liveOnce(server)
    await receiver.count(1)
    const { id } = made.subscription
    const tested = await server.post(`${SUBSCRIPTIONS}/${id}/test`, { type: 'run.completed' })
    assert.equal(tested.success, false)
    assert.doesNotMatch(tested.body, /\p{Cc}/u)
    let deliveries = { deliveries: [] as { error?: string }[] }
    while (deliveries.deliveries.length === 0) {
      deliveries = await server.get(`${SUBSCRIPTIONS}/${id}/deliveries`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.equal(deliveries.deliveries[0]!.error, 'The receiver answered 500.')
    const shown = JSON.stringify([made, tested, deliveries, await server.get(SUBSCRIPTIONS)])
    const events = JSON.stringify(await server.get('/api/orrery/v1/events?limit=100'))
    for (const text of [shown, events, server.logged()]) assert.ok(!text.includes('c2VjcmV0'))
    for (const text of [events, server.logged()]) assert.ok(!text.includes('token-in-the-path'))
    assert.ok(!server.logged().includes('fired'))
  })

  test('what does not arrive before the end of the server arrives after its next start', async () => {
    await using db = await open()
    let isUp = false
    await using receiver = await openReceiver((_, response) => {
      // Never answers at first.
      if (isUp) response.end()
    })
    {
      await using server = await openServer(db)
      await server.post(SUBSCRIPTIONS, { name: 'hook', url: receiver.url, filter: { types: LIFE_CYCLE } })
      await liveOnce(server)
      await receiver.count(1)
    }
    isUp = true
    const before = receiver.received.length
    await using _server = await openServer(db)
    const received = (await receiver.count(before + 3)).slice(before)
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 3)
  })
})
