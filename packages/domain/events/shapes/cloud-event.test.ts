import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoggedEvent } from '../log.ts'
import { cloudEvent, cloudEventJson } from './cloud-event.ts'

const EVENT: LoggedEvent = {
  position: 4711,
  number: 12,
  id: 'ab'.repeat(16),
  workspaceKey: 3,
  type: 'alias.set',
  subject: 'models/fraud',
  on: 7,
  also: ['models/fraud/versions/3'],
  audience: 'model',
  actor: 'user:alice',
  credential: 'personal:17',
  reason: 'better on May',
  requestId: 'r-1',
  address: '192.0.2.7',
  at: 1_795_294_800_123,
  before: { alias: 'champion', version: 2 },
  after: { alias: 'champion', version: 3 },
  hash: 'cd'.repeat(32),
}
const ORIGIN = { publicUrl: 'https://ml.example.org/orrery', workspace: 'vision' }

test('an event is told as CloudEvents 1.0 has it', () => {
  assert.deepEqual(cloudEvent(EVENT, ORIGIN), {
    specversion: '1.0',
    id: EVENT.id,
    source: 'https://ml.example.org/orrery/workspaces/vision',
    type: 'orrery.alias.set',
    subject: 'models/fraud',
    time: new Date(EVENT.at).toISOString(),
    datacontenttype: 'application/json',
    sequence: '00000000000000004711',
    data: {
      workspace: 'vision',
      actor: 'user:alice',
      reason: 'better on May',
      request_id: 'r-1',
      before: { alias: 'champion', version: 2 },
      after: { alias: 'champion', version: 3 },
      also: ['models/fraud/versions/3'],
    },
  })
})

test('what is not there is left out', () => {
  const { before, after, also, ...plain } = EVENT
  const { data } = cloudEvent({ ...plain, reason: null }, ORIGIN)
  assert.deepEqual(data, { workspace: 'vision', actor: 'user:alice', request_id: 'r-1' })
})

test('neither address nor credential nor hash goes out', () => {
  const json = cloudEventJson(EVENT, ORIGIN)
  for (const secret of [EVENT.address, EVENT.credential!, EVENT.hash]) assert.ok(!json.includes(secret))
})
