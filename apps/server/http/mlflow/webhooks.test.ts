import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { openReceiver, type Received } from '../../../../packages/drivers/egress/testing/receiver.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { NOW, serve } from '../testing/serve.ts'
import { basic, serveAccounts } from '../testing/serve-accounts.ts'

const ELSEWHERE = '/workspaces/elsewhere/api/2.0/mlflow'
const OURS = '/api/orrery/v1/subscriptions'
const URL = 'https://hooks.example.org/mlflow'
const CREATED = { entity: 'REGISTERED_MODEL', action: 'CREATED' }
const HOOK = { name: 'deploy', url: URL, events: [CREATED] }
const LOOPBACK = { egressAllow: ['127.0.0.1'] }

eachEngine('the routes of webhooks', MIGRATIONS, (open) => {
  test('a webhook goes its way in MLflow’s words, and is a subscription of ours', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const made = await call('POST', 'webhooks', { ...HOOK, description: 'about it', secret: 's' })
    const { webhook_id } = made.body.webhook
    const shown = {
      ...{ webhook_id, name: 'deploy', description: 'about it', url: URL, events: [CREATED] },
      ...{ status: 'ACTIVE', creation_timestamp: NOW, last_updated_timestamp: NOW },
    }
    assert.deepEqual(made.body, { webhook: shown })
    assert.deepEqual((await call('GET', `webhooks/${webhook_id}`)).body, { webhook: shown })
    assert.deepEqual((await call('GET', 'webhooks')).body, { webhooks: [shown] })
    const { subscription } = (await call('GET', `${OURS}/${webhook_id}`)).body
    assert.deepEqual(
      [subscription.shape, subscription.url, subscription.has_secret, subscription.filter.types],
      ['mlflow', URL, true, ['model.registered']],
    )
    const changed = await call('PATCH', `webhooks/${webhook_id}`, {
      ...{ name: '', url: '', description: '', events: [], status: 'DISABLED', secret: '' },
    })
    const { description: _, ...rest } = shown
    const later = { last_updated_timestamp: NOW + 1 }
    assert.deepEqual(changed.body, { webhook: { ...rest, ...later, status: 'DISABLED' } })
    assert.equal((await call('GET', `${OURS}/${webhook_id}`)).body.subscription.has_secret, false)
    assert.deepEqual((await call('DELETE', `webhooks/${webhook_id}`)).body, {})
    const gone = await call('GET', `webhooks/${webhook_id}`)
    assert.deepEqual([gone.status, gone.body.error_code], [404, 'RESOURCE_DOES_NOT_EXIST'])
    assert.equal(gone.body.message, `Webhook with ID ${webhook_id} not found.`)
  })

  test('events come as words, as numbers and as clients of MLflow 3.3 spell them', async () => {
    await using db = await open()
    const { call } = await serve(db)
    for (const event of [
      CREATED,
      { entity: 1, action: 1 },
      { entity: '1', action: '1' },
      'registered_model.created',
    ]) {
      const { body } = await call('POST', 'webhooks', { ...HOOK, events: [event] })
      assert.deepEqual(body.webhook?.events, [CREATED], JSON.stringify(event))
    }
    const numbers = Array.from({ length: 10 }, (_, i) => ({
      entity: i + 1,
      action: i === 9 ? 5 : i === 6 ? 4 : 1,
    }))
    const all = numbers.filter(({ entity }) => ![3, 8].includes(entity))
    const { body } = await call('POST', 'webhooks', { ...HOOK, events: [...all, ...all] })
    assert.equal(body.webhook.events.length, 8)
    assert.deepEqual(body.webhook.events.at(-1), { entity: 'BUDGET_POLICY', action: 'EXCEEDED' })
  })

  const REFUSED: readonly (readonly [name: string, body: object, says: RegExp])[] = [
    ['a name', { ...HOOK, name: '-x' }, /^Webhook name '-x' is invalid\. It must start and end/],
    ['a long name', { ...HOOK, name: 'x'.repeat(64) }, /be less than 63 characters long/],
    ['a name with a line break', { ...HOOK, name: 'x\n' }, /Webhook name 'x\\n' is invalid/],
    ['no name', { url: URL, events: [CREATED] }, /Missing value for required parameter 'name'/],
    ['an unknown scheme', { ...HOOK, url: 'ftp://h/' }, /^Invalid webhook URL scheme: 'ftp'\. Allowed/],
    ['no scheme', { ...HOOK, url: 'hooks.example.org' }, /^Invalid webhook URL scheme: ''/],
    ['no host', { ...HOOK, url: 'https://' }, /^Webhook URL must include a hostname: 'https:\/\/'/],
    ['only spaces', { ...HOOK, url: '  ' }, /^Webhook URL cannot be empty or just whitespace: ' {2}'/],
    ['this machine', { ...HOOK, url: 'https://127.0.0.1/' }, /--egress-allow/],
    ['the cloud’s metadata', { ...HOOK, url: 'https://169.254.169.254/latest' }, /169\.254\.169\.254/],
    [
      'no events',
      { ...HOOK, events: [] },
      /^Webhook events must be a non-empty list of WebhookEvent objects: \[\]/,
    ],
    [
      'an action that the entity does not have',
      { ...HOOK, events: [{ entity: 'PROMPT_TAG', action: 'CREATED' }] },
      /^Invalid action 'created' for entity 'prompt_tag'\. Valid actions are: \['deleted', 'set'\]$/,
    ],
    [
      'no entity',
      { ...HOOK, events: [{ entity: 0, action: 1 }] },
      /^Invalid action 'created' for entity 'entity_/,
    ],
    [
      'an unknown entity',
      { ...HOOK, events: ['sofa.created'] },
      /"SOFA" for parameter 'events\[0\]\.entity'/,
    ],
    ['a status', { ...HOOK, status: 'PAUSED' }, /"PAUSED" for parameter 'status'/],
  ]
  test('what is refused, in MLflow’s words where it has them', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const { webhook_id } = (await call('POST', 'webhooks', HOOK)).body.webhook
    for (const [name, body, says] of REFUSED) {
      const made = await call('POST', 'webhooks', body)
      assert.deepEqual([made.status, made.body.error_code], [400, 'INVALID_PARAMETER_VALUE'], name)
      assert.match(made.body.message, says, name)
    }
    for (const { url, name } of [
      { url: 'ftp://h/' },
      { name: 'a b' },
      { url: 'https://[::1]/' },
    ] as HookChange[]) {
      const changed = await call('PATCH', `webhooks/${webhook_id}`, { url, name })
      assert.deepEqual([changed.status, changed.body.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    }
    for (const most of [-1, 1001]) {
      const { status, body } = await call('GET', `webhooks?max_results=${most}`)
      assert.deepEqual([status, body.message], [400, 'max_results must be between 1 and 1000.'])
    }
    assert.equal((await call('GET', 'webhooks?page_token=nothing')).status, 400)
    assert.equal((await call('GET', 'webhooks')).body.webhooks.length, 1)
  })

  test('other subscriptions and those of other workspaces are not there', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const ours = await call('POST', OURS, { name: 'ours', url: URL })
    assert.equal(ours.status, 201, ours.text)
    const there = await call('POST', `${ELSEWHERE}/webhooks`, HOOK)
    assert.deepEqual((await call('GET', 'webhooks')).body, {})
    assert.equal((await call('GET', `${ELSEWHERE}/webhooks`)).body.webhooks.length, 1)
    for (const id of [ours.body.subscription.id, there.body.webhook.webhook_id, 'nobody']) {
      for (const [method, path] of [
        ['GET', ''],
        ['PATCH', ''],
        ['DELETE', ''],
        ['POST', '/test'],
      ] as const) {
        const { status, body } = await call(method, `webhooks/${id}${path}`, {})
        assert.deepEqual([status, body.message], [404, `Webhook with ID ${id} not found.`])
      }
    }
    assert.equal((await call('GET', `${OURS}/${ours.body.subscription.id}`)).status, 200)
  })

  test('a subscription made on our own face is shown with the events that it lets through', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const made = await call('POST', OURS, {
      name: 'ours',
      url: URL,
      shape: 'mlflow',
      filter: { types: ['alias.*'] },
    })
    assert.equal(made.status, 201, made.text)
    const { webhook } = (await call('GET', `webhooks/${made.body.subscription.id}`)).body
    assert.deepEqual(
      webhook.events.map(({ entity, action }: { entity: string; action: string }) => `${entity}.${action}`),
      [
        'MODEL_VERSION_ALIAS.CREATED',
        'MODEL_VERSION_ALIAS.DELETED',
        'PROMPT_ALIAS.CREATED',
        'PROMPT_ALIAS.DELETED',
      ],
    )
    const nothing = await call('POST', OURS, {
      name: 'x',
      url: URL,
      shape: 'mlflow',
      filter: { types: ['run.*'] },
    })
    assert.deepEqual([nothing.status, nothing.body.error_code], [400, 'INVALID_PARAMETER_VALUE'])
  })

  test('a test sends MLflow’s example, signed, and tells what the receiver said', async () => {
    await using db = await open()
    const answer = { status: 200, text: 'thank you' }
    await using receiver = await openReceiver((_, response) => {
      response.writeHead(answer.status).end(answer.text)
    })
    await using server = await serve(db, LOOPBACK)
    const { call } = server
    const { body } = await call('POST', 'webhooks', { ...HOOK, url: receiver.url, secret: 'shh' })
    const path = `webhooks/${body.webhook.webhook_id}/test`
    assert.deepEqual((await call('POST', path, {})).body, {
      result: { success: true, response_status: 200, response_body: 'thank you' },
    })
    const [came] = receiver.received as [Received]
    const { headers } = came
    const signed = `${headers['x-mlflow-delivery-id']}.${headers['x-mlflow-timestamp']}.${came.body}`
    const expected = createHmac('sha256', 'shh').update(signed).digest('base64')
    assert.equal(headers['x-mlflow-signature'], `v1,${expected}`)
    assert.equal(JSON.parse(came.body).workspace, 'default')
    Object.assign(answer, { status: 500, text: 'x'.repeat(3_000) })
    const event = { entity: 'PROMPT_VERSION', action: 'CREATED' }
    const failed = (await call('POST', path, { event })).body.result
    assert.deepEqual([failed.success, failed.response_status], [false, 500])
    assert.ok(failed.response_body.length <= 1_000)
    assert.equal(JSON.parse(receiver.received[1]!.body).entity, 'prompt_version')
    const wrong = await call('POST', path, { event: { entity: 'PROMPT', action: 'SET' } })
    assert.match(wrong.body.message, /^Invalid action 'set' for entity 'prompt'/)
    assert.equal(receiver.received.length, 2)
  })

  test('an event comes to the receiver as MLflow sends it', { timeout: 300_000 }, async () => {
    await using db = await open()
    await using receiver = await openReceiver()
    await using server = await serve(db, LOOPBACK)
    const { call } = server
    await call('POST', 'webhooks', { ...HOOK, url: receiver.url })
    await call('POST', 'registered-models/create', { name: 'iris', description: 'of flowers' })
    const [{ headers, body }] = (await receiver.count(1)) as [Received]
    assert.deepEqual(JSON.parse(body), {
      entity: 'registered_model',
      action: 'created',
      timestamp: new Date(NOW).toISOString().replace('Z', '000+00:00'),
      data: { name: 'iris', tags: {}, description: 'of flowers' },
      workspace: 'default',
    })
    assert.equal(headers['x-mlflow-signature'], undefined)
    assert.equal(headers['content-type'], 'application/json')
  })

  test('what happened while it was disabled is sent when it is active again', {
    timeout: 300_000,
  }, async () => {
    await using db = await open()
    await using receiver = await openReceiver()
    await using server = await serve(db, LOOPBACK)
    const { call } = server
    const disabled = { ...HOOK, url: receiver.url, status: 'DISABLED' }
    const { webhook_id } = (await call('POST', 'webhooks', disabled)).body.webhook
    const other = await call('POST', 'webhooks', { ...HOOK, url: `${receiver.url}/other` })
    assert.equal(other.status, 200, other.text)
    await call('POST', 'registered-models/create', { name: 'iris' })
    const [first] = (await receiver.count(1)) as [Received]
    assert.equal(first.path, '/other')
    await call('PATCH', `webhooks/${webhook_id}`, { status: 'ACTIVE' })
    const [, second] = (await receiver.count(2)) as [Received, Received]
    assert.deepEqual([second.path, JSON.parse(second.body).data.name], ['/', 'iris'])
  })

  test('readers and data scientists have no webhooks, operators and contributors do', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await server.makeWorkspace('vision')
    const hooks = '/workspaces/vision/api/2.0/mlflow/webhooks'
    for (const [role, may] of [
      ['reader', false],
      ['data-scientist', false],
      ['operator', true],
      ['contributor', true],
    ] as const) {
      await server.makeUser(role)
      await server.assign('vision', role, role)
      const asked = [
        await server.call('POST', hooks, basic(role), HOOK),
        await server.call('GET', hooks, basic(role)),
        await server.call('POST', '/workspaces/vision/api/orrery/v1/subscriptions', basic(role), {
          ...{ name: 'ours', url: URL },
        }),
      ]
      const expected = may ? [200, 200, 201] : [403, 403, 403]
      assert.deepEqual(
        asked.map(({ status }) => status),
        expected,
        `${role}: ${asked.map(({ text }) => text).join(' ')}`,
      )
    }
  })
})

interface HookChange {
  readonly url?: string
  readonly name?: string
}
