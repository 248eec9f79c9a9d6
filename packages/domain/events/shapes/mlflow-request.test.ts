import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { Reads } from '@orrery/drivers/db'
import type { LoggedEvent } from '../log.ts'
import type { PromptText } from '../seams.ts'
import { MLFLOW_EVENTS, mlflowFilter } from './mlflow-events.ts'
import { MLFLOW_EXAMPLES } from './mlflow-examples.ts'
import { type MlflowPost, makeMlflowRequest, mlflowTestRequest } from './mlflow-request.ts'

const LONG = 'Tell me about {{subject}}. '.repeat(100)
const BEGINNING = LONG.slice(0, 1_000)
const AT = Date.UTC(2026, 10, 21, 21, 0, 0, 7)

const asked: unknown[] = []
/** What the registry has now; nothing of `gone`. */
const promptText: PromptText = async (_reads, workspaceKey, of) => {
  asked.push({ workspaceKey, ...of })
  return of.name === 'gone' ? undefined : LONG
}
const mlflowRequest = makeMlflowRequest({ promptText })
const reads = {} as Reads

function event(
  type: LoggedEvent['type'],
  subject: string,
  more: Pick<LoggedEvent, 'before' | 'after'>,
): LoggedEvent {
  return {
    ...{ position: 12, number: 3, id: 'e1', workspaceKey: 4, audience: 'model', actor: 'user:ada', at: AT },
    ...{ credential: null, reason: 'why', requestId: 'r', address: '192.0.2.7', hash: 'h' },
    ...{ type, subject, ...more },
  }
}

const receiver = { subscriptionId: 's1', workspaceName: 'vision', secret: 'shh', now: AT + 5_250 }

async function sent(told: LoggedEvent, replay = 0): Promise<MlflowPost> {
  const post = await mlflowRequest(reads, { ...receiver, event: told, replay })
  assert.ok(post !== undefined)
  return post
}

const bodyOf = ({ body }: MlflowPost) => JSON.parse(Buffer.from(body).toString())

const FACTS = { source: 'models:/m-1', runId: 'r1', modelId: 'm-1', manifestDigest: null }
const PROMPT_TAGS = { 'mlflow.prompt.is_prompt': 'true', _mlflow_prompt_type: 'text', about: 'ants' }

const PAYLOADS: readonly (readonly [name: string, event: LoggedEvent, data: object])[] = [
  [
    'registered_model.created',
    event('model.registered', 'models/fraud', {
      after: { name: 'fraud', kind: 'model', tags: { team: 'risk' }, description: null },
    }),
    { name: 'fraud', tags: { team: 'risk' }, description: '' },
  ],
  [
    'prompt.created',
    event('model.registered', 'models/hello', {
      after: { name: 'hello', kind: 'prompt', tags: PROMPT_TAGS, description: 'Says hello.' },
    }),
    { name: 'hello', tags: { about: 'ants' }, description: 'Says hello.' },
  ],
  [
    'model_version.created',
    event('version.created', 'models/fraud/versions/3', {
      after: { ...FACTS, name: 'fraud', version: 3, kind: 'model', description: 'May', tags: { a: 'b' } },
    }),
    {
      name: 'fraud',
      version: '3',
      source: 'models:/m-1',
      run_id: 'r1',
      tags: { a: 'b' },
      description: 'May',
    },
  ],
  [
    'model_version.created',
    event('version.created', 'models/fraud/versions/4', {
      after: { ...FACTS, runId: '', name: 'fraud', version: 4, description: '', tags: {} },
    }),
    { name: 'fraud', version: '4', source: 'models:/m-1', run_id: null, tags: {}, description: null },
  ],
  [
    'prompt_version.created',
    event('version.created', 'models/hello/versions/1', {
      after: {
        ...{ ...FACTS, name: 'hello', version: 1, kind: 'prompt', description: null },
        tags: { ...PROMPT_TAGS, 'mlflow.prompt.text': BEGINNING },
      },
    }),
    { name: 'hello', version: '1', template: LONG, tags: { about: 'ants' }, description: null },
  ],
  [
    'model_version_tag.set',
    event('version.tag-set', 'models/fraud/versions/3', {
      before: { tags: {}, kind: 'model' },
      after: { tags: { validated: 'yes' }, kind: 'model' },
    }),
    { name: 'fraud', version: '3', key: 'validated', value: 'yes' },
  ],
  [
    'prompt_version_tag.deleted',
    event('version.tag-deleted', 'models/hello/versions/1', {
      before: { tags: { about: 'ants' }, kind: 'prompt' },
      after: { tags: {}, kind: 'prompt' },
    }),
    { name: 'hello', version: '1', key: 'about' },
  ],
  [
    'prompt_tag.set',
    event('model.tag-set', 'models/hello', { after: { tags: { about: BEGINNING }, kind: 'prompt' } }),
    { name: 'hello', key: 'about', value: LONG },
  ],
  [
    'prompt_tag.deleted',
    event('model.tag-deleted', 'models/hello', { before: { tags: { about: 'x' }, kind: 'prompt' } }),
    { name: 'hello', key: 'about' },
  ],
  [
    'model_version_alias.created',
    event('alias.set', 'models/fraud', {
      before: { alias: 'champion', version: 2, kind: 'model' },
      after: { alias: 'champion', version: 3, kind: 'model' },
    }),
    { name: 'fraud', alias: 'champion', version: '3' },
  ],
  [
    'prompt_alias.deleted',
    event('alias.removed', 'models/hello', { before: { alias: 'live', version: 1, kind: 'prompt' } }),
    { name: 'hello', alias: 'live' },
  ],
]
for (const [name, told, data] of PAYLOADS) {
  test(`${name}: ${JSON.stringify(data).slice(0, 80)}`, async () => {
    const [entity, action] = name.split('.')
    const body = bodyOf(await sent(told))
    assert.deepEqual(body, {
      ...{ entity, action, timestamp: '2026-11-21T21:00:00.007000+00:00', data, workspace: 'vision' },
    })
    // MLflow's receivers may read the keys in their order.
    assert.deepEqual(Object.keys(body.data), Object.keys(data))
  })
}

test('what MLflow does not tell has no request', async () => {
  const told = event('stage.changed', 'models/fraud/versions/3', { after: { stage: 'Production' } })
  assert.equal(await mlflowRequest(reads, { ...receiver, event: told, replay: 0 }), undefined)
})

test('only texts that may have been cut are read, and a beginning is told where the text is gone or another', async () => {
  const tagged = (name: string, value: string) =>
    event('model.tag-set', `models/${name}`, { after: { tags: { k: value }, kind: 'prompt' } })
  asked.length = 0
  assert.equal(bodyOf(await sent(tagged('hello', 'short'))).data.value, 'short')
  assert.deepEqual(asked, [])
  assert.equal(bodyOf(await sent(tagged('gone', BEGINNING))).data.value, BEGINNING)
  const other = 'x'.repeat(1_000)
  assert.equal(bodyOf(await sent(tagged('hello', other))).data.value, other)
  assert.deepEqual(asked, [
    { workspaceKey: 4, name: 'gone', key: 'k' },
    { workspaceKey: 4, name: 'hello', key: 'k' },
  ])
  const described = event('version.created', 'models/fraud/versions/3', {
    after: { ...FACTS, name: 'fraud', version: 3, description: BEGINNING, tags: {} },
  })
  assert.equal(bodyOf(await sent(described)).data.description, LONG)
  assert.deepEqual(asked.at(-1), { workspaceKey: 4, name: 'fraud', version: 3 })
})

test('neither reason nor address of the actor goes out', async () => {
  const { body, headers } = await sent(PAYLOADS[0]![1])
  const all = Buffer.from(body).toString() + JSON.stringify(headers)
  for (const secret of ['192.0.2.7', 'why', 'shh']) assert.ok(!all.includes(secret))
})

test('the signature is that of MLflow: HMAC-SHA256 of id, time and body by the secret as text', async () => {
  const secret = 'whsec_ä'
  const post = (await mlflowRequest(reads, { ...receiver, secret, event: PAYLOADS[0]![1], replay: 0 }))!
  const { 'x-mlflow-delivery-id': id, 'x-mlflow-timestamp': time, ...rest } = post.headers
  const signed = createHmac('sha256', Buffer.from(secret, 'utf8')).update(
    `${id}.${time}.${Buffer.from(post.body)}`,
  )
  assert.deepEqual(rest, {
    'content-type': 'application/json',
    'x-mlflow-signature': `v1,${signed.digest('base64')}`,
  })
  assert.equal(time, String(Math.floor(receiver.now / 1000)))
  const plain = (await mlflowRequest(reads, {
    ...receiver,
    secret: undefined,
    event: PAYLOADS[0]![1],
    replay: 0,
  }))!
  assert.ok(!('x-mlflow-signature' in plain.headers))
})

test('attempts have one id and one body, replays and other subscriptions another id', async () => {
  const told = PAYLOADS[0]![1]
  const first = await sent(told)
  const again = (await mlflowRequest(reads, { ...receiver, now: AT + 600_000, event: told, replay: 0 }))!
  assert.deepEqual(again.body, first.body)
  const id = (post: MlflowPost) => post.headers['x-mlflow-delivery-id']!
  assert.equal(id(again), id(first))
  assert.match(id(first), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const replayed = await sent(told, 1)
  assert.notEqual(id(replayed), id(first))
  assert.equal(replayed.headers['x-orrery-replay'], '1')
  const other = (await mlflowRequest(reads, { ...receiver, subscriptionId: 's2', event: told, replay: 0 }))!
  assert.notEqual(id(other), id(first))
})

test('a test sends MLflow’s own example of each event, signed and marked', () => {
  const means = { ...receiver, filter: mlflowFilter(['prompt_tag.set']), id: 't1' }
  for (const name of MLFLOW_EVENTS) {
    const post = mlflowTestRequest({ ...means, type: name })
    assert.deepEqual(bodyOf(post).data, MLFLOW_EXAMPLES[name])
    assert.equal(`${bodyOf(post).entity}.${bodyOf(post).action}`, name)
    assert.equal(post.headers['x-orrery-test'], 'true')
    assert.ok(post.headers['x-mlflow-signature']?.startsWith('v1,'))
  }
  assert.equal(bodyOf(mlflowTestRequest({ ...means, type: undefined })).entity, 'prompt_tag')
})
