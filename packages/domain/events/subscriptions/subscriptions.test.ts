import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { Mailer } from '@orrery/drivers/egress'
import { openEgress } from '@orrery/drivers/egress/undici'
import { ofRun, openDeliveries } from '../deliveries/testing/open-deliveries.ts'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { SUBSCRIPTION_LIMITS } from '../subscription.ts'
import type { SubscriptionInput } from '../subscriptions.ts'
import { someone } from '../testing/open-log.ts'
import { makeSubscriptionResidents } from './residents.ts'

const MAILER: Mailer = { send: async () => ({ response: '250', durationMs: 1 }), close: async () => {} }
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

eachEngine('verbs of subscriptions', [eventsMigrations], (open) => {
  test('what is refused', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { egress: openEgress({ allow: [] }), mailer: MAILER })
    const rows: [Partial<SubscriptionInput>, RegExp][] = [
      [{ name: '' }, /'name' must have 1 to 63/],
      [{ name: 'a\nb' }, /'name' must have/],
      [{ name: 'x'.repeat(64) }, /'name' must have/],
      [{ description: 'x'.repeat(1_001) }, /'description' has 1001/],
      [{ shape: 'fax' as 'email' }, /'shape' is 'fax'; allowed are cloudevents/],
      [{ target: 'http://hooks.example.org/' }, /'url' is .* must begin with https/],
      [{ target: 'https://169.254.169.254/' }, /no public address/],
      [{ target: ['a@b.example'] }, /'url' is missing/],
      [{ shape: 'email' }, /'addresses' is missing/],
      [{ shape: 'email', target: [] }, /'addresses' has 0 entries/],
      [{ shape: 'email', target: Array(21).fill('a@b.example') }, /'addresses' has 21/],
      [{ shape: 'email', target: ['a@b.example\r\nRCPT TO:<c@d.example>'] }, /no address such as/],
      [{ shape: 'email', target: ['<a@b.example>'] }, /no address such as/],
      [{ shape: 'email', target: ['a b@c.example'] }, /no address such as/],
      [{ shape: 'slack', secret: SECRET }, /nothing of shape 'slack' is signed/],
      [{ secret: 'short' }, /'secret' has 5 characters; allowed are 16 to 256/],
      [{ filter: { types: ['run.exploded'] } }, /names 'run\.exploded'/],
      [{ shape: 'mlflow', filter: { types: ['run.*'] } }, /lets none of MLflow's/],
      [{ maxAttempts: 0 }, /'max_attempts' is 0; allowed are 1 to 30/],
      [{ ttlMs: 59_999 }, /'ttl_ms' is 59999/],
      [{ fromPosition: -1 }, /'from_position' is -1/],
    ]
    for (const [input, says] of rows) {
      await assert.rejects(it.subscribe(input), { code: 'INVALID_PARAMETER_VALUE', message: says })
    }
    assert.deepEqual((await it.subscriptions.list(it.here, { limit: 10 })).subscriptions, [])
  })

  test('without a mail server there is no e-mail', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    await assert.rejects(it.subscribe({ shape: 'email', target: ['a@b.example'] }), { code: 'INVALID_STATE' })
  })

  test('who lacks the right may not', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const { id } = await it.subscribe()
    const reader = someone(1, { may: (permission) => permission === 'webhook.read' })
    const stranger = someone(1, { may: () => false })
    const refused = { code: 'PERMISSION_DENIED' }
    assert.equal((await it.subscriptions.get(reader, { id })).id, id)
    for (const change of [
      () => it.subscribe({}, reader),
      () => it.subscriptions.update(reader, { id, name: 'x' }),
      () => it.subscriptions.delete(reader, { id }),
      () => it.subscriptions.test(reader, { id }),
      () => it.subscriptions.replay(reader, { id, dead: true }),
      () => it.subscriptions.get(stranger, { id }),
      () => it.subscriptions.list(stranger, { limit: 1 }),
      () => it.subscriptions.deliveries(stranger, { id, limit: 1 }),
    ]) {
      await assert.rejects(change, refused)
    }
  })

  test('those of another workspace are not there', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const { id } = await it.subscribe()
    const missing = { code: 'RESOURCE_DOES_NOT_EXIST', message: `Webhook with ID ${id} not found.` }
    const there = it.elsewhere
    await assert.rejects(it.subscriptions.get(there, { id }), missing)
    await assert.rejects(it.subscriptions.update(there, { id, name: 'x' }), missing)
    await assert.rejects(it.subscriptions.delete(there, { id }), missing)
    await assert.rejects(it.subscriptions.test(there, { id }), missing)
    await assert.rejects(it.subscriptions.deliveries(there, { id, limit: 1 }), missing)
    await assert.rejects(it.subscriptions.replay(there, { id, dead: true }), missing)
    assert.deepEqual((await it.subscriptions.list(there, { limit: 10 })).subscriptions, [])
  })

  test('a secret is sealed in its row; it goes with an empty text', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const { id, hasSecret } = await it.subscribe({ secret: SECRET })
    assert.equal(hasSecret, true)
    const row = () =>
      db.read.tables<EventsTables>().selectFrom('subscriptions').selectAll().executeTakeFirstOrThrow()
    const { secret } = await row()
    assert.ok(secret!.startsWith('v1.') && !secret!.includes('MfKQ'))
    assert.equal((await it.subscriptions.update(it.here, { id, name: 'other' })).hasSecret, true)
    assert.equal((await row()).secret, secret)
    assert.equal((await it.subscriptions.update(it.here, { id, secret: '' })).hasSecret, false)
    assert.equal((await row()).secret, null)
  })

  test('each change is told, and tells neither secret nor path', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const { id } = await it.subscribe({ secret: SECRET, target: 'https://hooks.example.org/token' })
    await it.subscriptions.update(it.here, {
      id,
      status: 'disabled',
      target: 'https://other.example.org/token',
    })
    await it.subscriptions.update(it.here, { id, secret: `${SECRET}AAAA` })
    await it.subscriptions.test(it.here, { id, type: 'stage.changed' })
    await it.subscriptions.delete(it.here, { id })
    await it.settle()
    const events = await it.log.after(0, 100)
    assert.deepEqual(
      events.map(({ type, subject }) => `${type} ${subject}`),
      ['created', 'updated', 'updated', 'tested', 'deleted'].map(
        (what) => `subscription.${what} subscriptions/${id}`,
      ),
    )
    assert.deepEqual(events[1]!.before, { target: 'hooks.example.org', status: 'active' })
    assert.deepEqual(events[1]!.after, { target: 'other.example.org', status: 'disabled' })
    assert.deepEqual(events[2]!.after, { hasSecret: true })
    const told = JSON.stringify(events.map(({ before, after }) => [before, after]))
    for (const hidden of ['MfKQ', 'token']) assert.ok(!told.includes(hidden))
  })

  test('a receiver of Event Grid’s envelope must send the code back', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const input = { shape: 'event-grid', filter: { types: ['version.created'] } } as const
    const answers = [
      200,
      500,
      { status: 200, body: '{"validationResponse":"wrong"}' },
      { status: 200, body: 'null' },
    ]
    for (const answer of answers) {
      it.script.answer = () => answer
      await assert.rejects(it.subscribe(input), { code: 'INVALID_STATE', message: /did not validate/ })
    }
    it.script.answer = ({ body, headers }) => {
      assert.equal(headers['aeg-event-type'], 'SubscriptionValidation')
      const [{ data, eventType }] = JSON.parse(body)
      assert.equal(eventType, 'Microsoft.EventGrid.SubscriptionValidationEvent')
      return { status: 200, body: JSON.stringify({ validationResponse: data.validationCode }) }
    }
    const { id } = await it.subscribe(input)
    it.script.answer = () => 200
    await assert.rejects(
      it.subscriptions.update(it.here, { id, target: 'https://other.example.org/' }),
      /did not validate/,
    )
    assert.equal((await it.subscriptions.get(it.here, { id })).target, 'https://hooks.example.org/in')
  })

  test('a test sends the example of each shape, and what the receiver says is made harmless', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { mailer: MAILER })
    it.script.answer = () => ({ status: 500, body: 'no\r\n\u001b[31m way' })
    for (const shape of [
      'cloudevents',
      'cloudevents-binary',
      'cloudevents-batch',
      'slack',
      'teams',
      'mlflow',
    ] as const) {
      const { id } = await it.subscribe({ shape, filter: {} })
      const tested = await it.subscriptions.test(it.here, { id })
      assert.deepEqual(
        [tested.success, tested.status, tested.error],
        [false, 500, 'The receiver answered 500.'],
      )
      assert.equal(tested.body, 'no \\u{1b}[31m way')
      assert.equal(it.calls.at(-1)!.headers['x-orrery-test'], 'true')
    }
    const { id } = await it.subscribe({ shape: 'email', target: ['a@b.example'] })
    assert.equal((await it.subscriptions.test(it.here, { id, type: 'run.failed' })).success, true)
    await assert.rejects(
      it.subscriptions.test(it.here, { id, type: 'run.exploded' }),
      /'type' is 'run\.exploded'/,
    )
    assert.deepEqual(await it.rows(), [])
  })

  test('lists are pages, of one shape where one is named; a made-up token is refused', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const name of names) await it.subscribe({ name, shape: name === 'c' ? 'slack' : 'cloudevents' })
    const seen: string[] = []
    let pageToken: string | undefined
    do {
      const page = await it.subscriptions.list(it.here, { limit: 2, pageToken })
      seen.push(...page.subscriptions.map(({ name }) => name))
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    assert.deepEqual(seen, names.toReversed())
    const slack = await it.subscriptions.list(it.here, { limit: 2, shape: 'slack' })
    assert.deepEqual(
      slack.subscriptions.map(({ name, target }) => [name, target]),
      [['c', 'https://hooks.example.org/…']],
    )
    for (const token of ['x', 'W10', Buffer.from('["subscriptions ",1]').toString('base64url')]) {
      await assert.rejects(
        it.subscriptions.list(it.here, { limit: 2, pageToken: token }),
        /Invalid 'page_token'/,
      )
    }
  })

  test('replays that make no sense are refused', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { answer: () => 503 })
    await it.start()
    const { id } = await it.subscribe()
    await it.tell(it.here, ofRun('a'))
    const waiting = (await it.rows())[0]!.delivery_key
    const rows: [Partial<Parameters<typeof it.subscriptions.replay>[1]>, RegExp][] = [
      [{}, /exactly one of/],
      [{ dead: true, fromPosition: 1 }, /exactly one of/],
      [{ toPosition: 5 }, /exactly one of/],
      [{ deliveries: [] }, /names 0; allowed are 1/],
      [{ deliveries: [99_999] }, /names 99999, which this subscription does not have/],
      [{ deliveries: [waiting] }, /is still to be sent/],
      [{ fromPosition: 5, toPosition: 4 }, /lies before 5/],
    ]
    for (const [input, says] of rows) {
      await assert.rejects(it.subscriptions.replay(it.here, { id, ...input }), { message: says })
    }
    assert.deepEqual(await it.subscriptions.replay(it.here, { id, dead: true }), { queued: 0 })
  })

  test('a workspace has so many and no more', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const { id } = await it.subscribe()
    const tables = db.read.tables<EventsTables>()
    const { subscription_key: _, ...row } = await tables
      .selectFrom('subscriptions')
      .selectAll()
      .executeTakeFirstOrThrow()
    await db.inTx(async (tx) => {
      for (let i = 1; i < SUBSCRIPTION_LIMITS.perWorkspace; i++) {
        await tx
          .tables<EventsTables>()
          .insertInto('subscriptions')
          .values({ ...row, subscription_id: `${i}` })
          .execute()
      }
    })
    await assert.rejects(it.subscribe(), { code: 'QUOTA_EXCEEDED' })
    await it.subscribe({}, it.elsewhere)
    await it.subscriptions.delete(it.here, { id })
    await it.subscribe()
  })

  test('with a workspace its subscriptions and deliveries go', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    await it.start()
    await it.subscribe()
    await it.subscribe({}, it.elsewhere)
    await it.tell(it.here, ofRun('a'), ofRun('b'))
    await it.tell(it.elsewhere, ofRun('c'))
    const residents = makeSubscriptionResidents({ db })
    assert.deepEqual(await residents.losses(db.read, 1), [{ what: 'subscriptions', count: 1 }])
    while (!(await residents.removeSlice(1))) {}
    assert.deepEqual(await residents.losses(db.read, 1), [{ what: 'subscriptions', count: 0 }])
    assert.deepEqual(
      (await it.rows()).map(({ subject }) => subject),
      ['runs/c'],
    )
    assert.equal((await it.subscriptions.list(it.elsewhere, { limit: 5 })).subscriptions.length, 1)
  })
})
