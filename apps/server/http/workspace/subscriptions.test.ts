import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { openReceiver, type Received } from '../../../../packages/drivers/egress/testing/receiver.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { type Call, NOW, serve } from '../testing/serve.ts'

const SUBSCRIPTIONS = '/api/orrery/v1/subscriptions'
const ELSEWHERE = `/workspaces/elsewhere${SUBSCRIPTIONS}`
const URL = 'https://hooks.example.org/orrery'
const SECRET = 'sixteen letters at least'
const HOUR_MS = 3_600_000
const LOOPBACK = { egressAllow: ['127.0.0.1'] }

eachEngine('the routes of subscriptions', MIGRATIONS, (open) => {
  test('a subscription is made, shown, changed and deleted', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const filter = {
      types: ['stage.changed', 'run.*'],
      subject_begins: 'models/',
      subject_ends: '/3',
      attributes: [{ field: 'after.stage', operator: 'equals', values: ['Production'] }],
    }
    const made = await call('POST', SUBSCRIPTIONS, {
      ...{ name: 'deploy', description: 'about it', shape: 'cloudevents', url: URL, secret: SECRET },
      ...{ filter, max_attempts: 5, ttl_ms: HOUR_MS },
    })
    assert.equal(made.status, 201, made.text)
    const { subscription } = made.body
    const { id } = subscription
    assert.deepEqual(subscription, {
      ...{ id, name: 'deploy', description: 'about it', shape: 'cloudevents', url: URL, has_secret: true },
      ...{ filter, status: 'active', max_attempts: 5, ttl_ms: HOUR_MS, created_by: subscription.created_by },
      ...{ creation_timestamp: NOW, last_updated_timestamp: NOW, waiting: 0, dead: 0 },
    })
    assert.deepEqual((await call('GET', `${SUBSCRIPTIONS}/${id}`)).body, { subscription })
    const changed = await call('PATCH', `${SUBSCRIPTIONS}/${id}`, {
      ...{ name: 'other', description: '', filter: {}, status: 'disabled', url: `${URL}/2` },
    })
    const { description: _, ...rest } = subscription
    assert.deepEqual(changed.body.subscription, {
      ...rest,
      ...{ name: 'other', filter: {}, status: 'disabled', url: `${URL}/2`, last_updated_timestamp: NOW + 1 },
    })
    assert.equal((await call('DELETE', `${SUBSCRIPTIONS}/${id}`)).status, 204)
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test'],
      ['GET', '/deliveries'],
      ['POST', '/replay'],
    ] as const) {
      const body = path === '/replay' ? { dead: true } : {}
      const { status, body: told } = await call(method, `${SUBSCRIPTIONS}/${id}${path}`, body)
      assert.deepEqual([status, told.error_code], [404, 'RESOURCE_DOES_NOT_EXIST'], `${method} ${path}`)
    }
  })

  test('the secret is in no answer, nor the path of a channel', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const hook = await call('POST', SUBSCRIPTIONS, { name: 'a', url: URL, secret: SECRET })
    const slack = await call('POST', SUBSCRIPTIONS, {
      ...{ name: 'b', shape: 'slack', url: 'https://hooks.slack.example/services/T000/B000/letters' },
    })
    assert.equal(slack.status, 201, slack.text)
    const answers = [hook, slack, await call('GET', SUBSCRIPTIONS)]
    for (const { body } of [hook, slack]) {
      answers.push(await call('GET', `${SUBSCRIPTIONS}/${body.subscription.id}`))
      answers.push(await call('PATCH', `${SUBSCRIPTIONS}/${body.subscription.id}`, { name: 'c' }))
    }
    for (const { status, text } of answers) {
      assert.ok(status < 300, text)
      assert.ok(!text.includes(SECRET) && !text.includes('letters'), text)
    }
    assert.match(slack.body.subscription.url, /^https:\/\/hooks\.slack\.example/)
  })

  test('they are listed newest first, by shape and in pages, those of the workspace only', async () => {
    await using db = await open()
    const { call } = await serve(db)
    for (const [name, shape] of [
      ['a', 'cloudevents'],
      ['b', 'cloudevents-batch'],
      ['c', 'teams'],
      ['d', 'cloudevents'],
    ] as const) {
      const { status, text } = await call('POST', SUBSCRIPTIONS, { name, shape, url: URL })
      assert.equal(status, 201, text)
    }
    const names = async (query: string, at = SUBSCRIPTIONS) => {
      const { body } = await call('GET', `${at}${query}`)
      return {
        names: body.subscriptions.map(({ name }: { name: string }) => name).join(''),
        next: body.next_page_token as string | undefined,
      }
    }
    assert.deepEqual(await names(''), { names: 'dcba', next: undefined })
    assert.equal((await names('?shape=cloudevents')).names, 'da')
    const first = await names('?limit=3')
    assert.equal(first.names, 'dcb')
    assert.equal((await names(`?limit=3&page_token=${encodeURIComponent(first.next!)}`)).names, 'a')
    assert.equal((await names('', ELSEWHERE)).names, '')
  })

  const REFUSED: readonly (readonly [name: string, body: object, says: RegExp])[] = [
    ['no name', { url: URL }, /'name' is required/],
    ['no address', { name: 'a' }, /'url' is required .*'cloudevents'/],
    ['no e-mail addresses', { name: 'a', shape: 'email' }, /'addresses' is required .*'email'/],
    ['both', { name: 'a', url: URL, addresses: ['a@example.org'] }, /Both 'url' and 'addresses'/],
    ['a shape', { name: 'a', url: URL, shape: 'fax' }, /'shape' must be one of cloudevents/],
    ['a type', { name: 'a', url: URL, filter: { types: ['run.danced'] } }, /run\.danced/],
    [
      'an operator',
      {
        name: 'a',
        url: URL,
        filter: { attributes: [{ field: 'actor', operator: 'like', values: ['a'] }] },
      },
      /'filter\.attributes\[0\]\.operator' must be one of equals/,
    ],
    [
      'a field of a filter',
      {
        name: 'a',
        url: URL,
        filter: { attributes: [{ field: 'address', operator: 'equals', values: ['a'] }] },
      },
      /'address'/,
    ],
    ['an unknown field', { name: 'a', url: URL, retries: 3 }, /Unknown field 'retries'/],
    ['a short secret', { name: 'a', url: URL, secret: 'short' }, /16/],
    ['too many attempts', { name: 'a', url: URL, max_attempts: 31 }, /30/],
    ['a scheme', { name: 'a', url: 'ftp://hooks.example.org/' }, /ftp|https/],
    ['this machine', { name: 'a', url: 'https://localhost/' }, /--egress-allow/],
    ['a password in the address', { name: 'a', url: 'https://u:p@hooks.example.org/' }, /./],
  ]
  test('what is refused says which field and what is allowed', async () => {
    await using db = await open()
    const { call } = await serve(db)
    for (const [name, body, says] of REFUSED) {
      const told = await call('POST', SUBSCRIPTIONS, body)
      assert.deepEqual(
        [told.status, told.body.error_code],
        [400, 'INVALID_PARAMETER_VALUE'],
        `${name}: ${told.text}`,
      )
      assert.match(told.body.message, says, name)
    }
    for (const limit of [0, 1001]) {
      const { status, body } = await call('GET', `${SUBSCRIPTIONS}?limit=${limit}`)
      assert.deepEqual([status, body.error_code], [400, 'INVALID_PARAMETER_VALUE'])
      assert.match(body.message, /'limit' must be between 1 and 1000/)
    }
    const mail = await call('POST', SUBSCRIPTIONS, {
      name: 'a',
      shape: 'email',
      addresses: ['a@example.org'],
    })
    assert.deepEqual([mail.status, mail.body.error_code], [400, 'INVALID_STATE'])
    assert.match(mail.body.message, /--smtp-url/)
    assert.deepEqual((await call('GET', SUBSCRIPTIONS)).body, { subscriptions: [] })
    const { body } = await call('POST', SUBSCRIPTIONS, { name: 'a', url: URL })
    const path = `${SUBSCRIPTIONS}/${body.subscription.id}`
    for (const change of [
      { addresses: ['a@example.org'] },
      { status: 'stopped' },
      { secret: 'short' },
      { url: 'x' },
    ]) {
      const { status, text } = await call('PATCH', path, change)
      assert.equal(status, 400, text)
    }
    assert.equal((await call('POST', `${path}/replay`, {})).status, 400)
    assert.equal((await call('POST', `${path}/test`, { type: 'run.danced' })).status, 400)
  })

  test('events are delivered, listed and sent again', { timeout: 300_000 }, async () => {
    await using db = await open()
    await using receiver = await openReceiver((_, response) => void response.end('thank you'))
    await using server = await serve(db, LOOPBACK)
    const { call } = server
    const { body } = await call('POST', SUBSCRIPTIONS, {
      ...{ name: 'a', url: receiver.url, secret: SECRET, filter: { types: ['model.*'] } },
    })
    const path = `${SUBSCRIPTIONS}/${body.subscription.id}`
    const tested = await call('POST', `${path}/test`, { type: 'model.registered' })
    assert.deepEqual([tested.body.success, tested.body.status, tested.body.body], [true, 200, 'thank you'])
    assert.equal(receiver.received[0]!.headers['x-orrery-test'], 'true')

    await call('POST', 'registered-models/create', { name: 'iris' })
    const [, first] = (await receiver.count(2)) as [Received, Received]
    assert.equal(JSON.parse(first.body).subject, 'models/iris')
    const [delivery] = (await delivered(call, path, 1)) as [ShownDelivery]
    assert.deepEqual(
      [delivery.type, delivery.subject, delivery.replay, delivery.state, delivery.attempts, delivery.status],
      ['model.registered', 'models/iris', 0, 'delivered', 1, 200],
    )
    const { position, id } = delivery
    assert.deepEqual((await call('GET', `${path}/deliveries?state=dead`)).body, { deliveries: [] })
    assert.equal((await call('GET', `${path}/deliveries?subject=models/iris`)).body.deliveries.length, 1)

    const again = await call('POST', `${path}/replay`, { deliveries: [id] })
    assert.deepEqual(again.body, { queued: 1 })
    const [, , second] = (await receiver.count(3)) as [Received, Received, Received]
    assert.equal(second.headers['x-orrery-replay'], '1')
    assert.equal(second.body, first.body)
    assert.equal(second.headers['webhook-id'], first.headers['webhook-id'])
    const range = await call('POST', `${path}/replay`, { from_position: position, to_position: position })
    assert.deepEqual(range.body, { queued: 1 })
    assert.equal((await receiver.count(4))[3]!.headers['x-orrery-replay'], '2')
    const replays = (await delivered(call, path, 3)).map(({ replay }) => replay)
    assert.deepEqual(replays.sort(), [0, 1, 2])
  })
})

interface ShownDelivery {
  readonly id: number
  readonly position: number
  readonly type: string
  readonly subject: string
  readonly replay: number
  readonly state: string
  readonly attempts: number
  readonly status: number
}

/** Deliveries that have been made, as soon as there are so many. */
async function delivered(call: Call, path: string, count: number): Promise<ShownDelivery[]> {
  for (;;) {
    const { body } = await call('GET', `${path}/deliveries`)
    const done = (body.deliveries as ShownDelivery[]).filter(({ state }) => state !== 'waiting')
    if (done.length >= count) return done
    await new Promise(setImmediate)
  }
}
