import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { openMailServer } from '../../packages/drivers/egress/testing/mail-server.ts'
import { openReceiver, type Received } from '../../packages/drivers/egress/testing/receiver.ts'
import { freshPostgres, isChosen } from '../faults/engines.ts'
import { startServer } from '../faults/server.ts'
import { temporaryFolder } from '../faults/temporary.ts'
import { until } from '../faults/until.ts'
import { openStream } from './live-stream.ts'

/*
 * The notifications that the platform was asked for: a run has completed, a run has failed, a model is registered. Each
 * arrives at a real receiver of webhooks, at a real mail server and in a live stream of a real server.
 */

const SECRET = 'known to both of them'
/** Those of deployments and drift can be subscribed to already. */
const TYPES = [
  'run.completed',
  'run.failed',
  'model.registered',
  'version.created',
  'model.deployed',
  'drift.detected',
]
const PATIENCE = { timeout: 300_000 }

for (const engine of ['sqlite', 'postgres'] as const) {
  if (!isChosen(engine)) continue
  describe(`life-cycle events on ${engine}`, () => {
    test('arrive at a webhook, by e-mail and in a live stream', PATIENCE, async () => {
      await using receiver = await openReceiver()
      // It has no certificate that anybody would believe.
      await using inbox = await openMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] })
      await using database = engine === 'postgres' ? await freshPostgres() : undefined
      await using home = await temporaryFolder()
      const server = await startServer({
        home: home.path,
        settings: [
          ...['--egress-allow', '127.0.0.1', '--smtp-url', inbox.url, '--mail-from', 'orrery@example.org'],
          ...(database === undefined ? [] : ['--database-url', database.url]),
        ],
      })
      const call = makeCall(server.url)
      const made = [
        await call('POST', 'subscriptions', {
          ...{ name: 'webhook', url: receiver.url, secret: SECRET, filter: { types: TYPES } },
        }),
        await call('POST', 'subscriptions', {
          ...{ name: 'mail', shape: 'email', addresses: ['team@example.org', 'alice@example.org'] },
          filter: { types: TYPES },
        }),
      ]
      const wished = TYPES.map((type) => `types=${type}`).join('&')
      await using stream = await openStream(`${server.url}/api/orrery/v1/events/stream?${wished}`)
      await stream.until(({ event }) => event === 'hello')

      const told = await live(call)
      const positions: string[] = []
      for (const { type, subject, name } of told) {
        const isIt = (text: string) => {
          const event = asEvent(text)
          return event?.type === `orrery.${type}` && event.subject === subject
        }
        const frame = await stream.until(({ data }) => isIt(data))
        const event = asEvent(frame.data)!
        assert.equal(Number(event.sequence), Number(frame.id))
        positions.push(frame.id!)

        await until(() => receiver.received.some(({ body }) => isIt(body)))
        const came = receiver.received.find(({ body }) => isIt(body))!
        assert.deepEqual(asEvent(came.body), event)
        assert.equal(came.headers['webhook-signature'], signatureOf(came))

        await until(() => inbox.received.some(({ raw }) => raw.includes(event.id)))
        const mail = inbox.received.find(({ raw }) => raw.includes(event.id))!
        assert.deepEqual(
          [mail.from, mail.to],
          ['orrery@example.org', ['team@example.org', 'alice@example.org']],
        )
        assert.ok(mail.raw.includes(name), mail.raw)
        assert.match(mail.raw, /^subject: .+/im)
      }
      assert.deepEqual(
        positions.map(Number),
        positions.map(Number).toSorted((a, b) => a - b),
      )

      // Who was cut off goes on behind the last event that it has.
      await using again = await openStream(
        `${server.url}/api/orrery/v1/events/stream?${wished}`,
        positions[0],
      )
      for (const position of positions.slice(1)) {
        assert.equal((await again.until(({ data }) => asEvent(data)?.specversion === '1.0')).id, position)
      }

      for (const { subscription } of made) {
        const { deliveries } = await call('GET', `subscriptions/${subscription.id}/deliveries?state=dead`)
        assert.deepEqual(deliveries, [])
      }
      assert.equal(receiver.received.length, told.length)
      assert.equal(inbox.received.length, told.length)
      assert.equal(await server.stop(), 0)
    })

    test('arrive in the words of Event Grid, Slack and Teams', PATIENCE, async () => {
      await using grid = await openReceiver(({ body }, response) => {
        const [{ data }] = JSON.parse(body) as [GridEvent]
        response.end(JSON.stringify({ validationResponse: data.validationCode }))
      })
      await using slack = await openReceiver()
      await using teams = await openReceiver()
      await using database = engine === 'postgres' ? await freshPostgres() : undefined
      await using home = await temporaryFolder()
      const server = await startServer({
        home: home.path,
        settings: [
          ...['--egress-allow', '127.0.0.1', '--public-url', 'https://ml.example.org'],
          ...(database === undefined ? [] : ['--database-url', database.url]),
        ],
      })
      const call = makeCall(server.url)
      const filter = { types: ['run.completed', 'run.failed', 'version.created'] }
      for (const [shape, { url }] of Object.entries({ 'event-grid': grid, slack, teams })) {
        await call('POST', 'subscriptions', { name: shape, shape, url, filter })
      }
      const [completed, failed] = (await live(call)) as [Happened, Happened]
      for (const { received } of [slack, teams]) await until(() => received.length === 3)
      await until(() => grid.received.length === 4)

      const [asked, ...told] = grid.received.map(({ body }) => (JSON.parse(body) as [GridEvent])[0])
      assert.equal(asked!.eventType, 'Microsoft.EventGrid.SubscriptionValidationEvent')
      const shown = told.map(({ topic, eventType, subject }) => [topic, eventType.split('.').at(-1), subject])
      const topic = 'https://ml.example.org/workspaces/default'
      assert.deepEqual(
        shown.toSorted((a, b) => (a[1]! < b[1]! ? -1 : 1)),
        [
          [topic, 'ModelRegistered', 'models/fraud:1'],
          [topic, 'RunCompleted', `experiments/${completed.experiment}/${completed.subject}`],
          [topic, 'RunStatusChanged', `experiments/${failed.experiment}/${failed.subject}`],
        ],
      )
      for (const { received } of [slack, teams]) {
        const all = received.map(({ body }) => body).join()
        for (const name of ['bold-ant-7', 'calm-bee-8', 'version 1 of fraud'])
          assert.ok(all.includes(name), all)
      }
      assert.equal(await server.stop(), 0)
    })
  })
}

/** As far as it is looked at. */
interface GridEvent {
  readonly topic: string
  readonly subject: string
  readonly eventType: string
  readonly data: { readonly validationCode?: string }
}

type Call = ReturnType<typeof makeCall>

function makeCall(url: string) {
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
  return async (method: 'GET' | 'POST', path: string, body?: object): Promise<any> => {
    const isOurs = path.startsWith('subscriptions')
    const answer = await fetch(`${url}/api/${isOurs ? 'orrery/v1' : '2.0/mlflow'}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
    return JSON.parse(text)
  }
}

interface Happened {
  readonly type: string
  readonly subject: string
  /** By which people know it. */
  readonly name: string
  readonly experiment?: string
}

/** What a team does. @returns what it is to be told of, in this order */
async function live(call: Call): Promise<readonly Happened[]> {
  const { experiment_id } = await call('POST', 'experiments/create', { name: 'churn' })
  const told: Happened[] = []
  for (const [name, status, type] of [
    ['bold-ant-7', 'FINISHED', 'run.completed'],
    ['calm-bee-8', 'FAILED', 'run.failed'],
  ] as const) {
    const { run } = await call('POST', 'runs/create', {
      experiment_id,
      run_name: name,
      start_time: Date.now(),
    })
    const { run_id } = run.info
    await call('POST', 'runs/log-batch', {
      run_id,
      metrics: [{ key: 'loss', value: 1, timestamp: 1, step: 0 }],
    })
    await call('POST', 'runs/update', { run_id, status, end_time: Date.now() })
    told.push({ type, subject: `runs/${run_id}`, name, experiment: experiment_id })
  }
  await call('POST', 'registered-models/create', { name: 'fraud' })
  told.push({ type: 'model.registered', subject: 'models/fraud', name: 'fraud' })
  await call('POST', 'model-versions/create', { name: 'fraud', source: 's3://bucket/fraud' })
  told.push({ type: 'version.created', subject: 'models/fraud/versions/1', name: 'fraud' })
  return told
}

interface Told {
  readonly specversion: string
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly sequence: string
}

function asEvent(text: string): Told | undefined {
  try {
    return JSON.parse(text) as Told
  } catch {
    return undefined
  }
}

/** As https://www.standardwebhooks.com tells receivers to make it, of a secret that is plain text. */
function signatureOf({ headers, body }: Received): string {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return `v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`
}
