import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { EgressError } from '@orrery/drivers/egress'
import { eventsMigrations } from '../index.ts'
import { PAUSES_MS } from '../subscription.ts'
import { someone } from '../testing/open-log.ts'
import { ofRun, openDeliveries, told } from './testing/open-deliveries.ts'

const [FIRST_PAUSE, SECOND_PAUSE] = PAUSES_MS as unknown as [number, number]
const HOUR_MS = 3_600_000

eachEngine('deliverer', [eventsMigrations], (open) => {
  test('an event goes to each subscription of its workspace whose filter lets it through', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    await it.start()
    await it.subscribe({ target: 'https://a.example/' })
    await it.subscribe({ target: 'https://b.example/', filter: { subjectBegins: 'runs/b' } })
    await it.subscribe({ target: 'https://c.example/', filter: {} }, it.elsewhere)
    await it.settle()
    it.calls.length = 0
    await it.tell(it.here, ofRun('a'), ofRun('b'))
    assert.deepEqual(it.calls.map(({ url, body }) => `${url} ${JSON.parse(body).subject}`).sort(), [
      'https://a.example/ runs/a',
      'https://a.example/ runs/b',
      'https://b.example/ runs/b',
    ])
    assert.deepEqual(it.failures, [])
  })

  test('only what happens after it was made, and its row moves on', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    await it.start()
    await it.tell(it.here, ofRun('before'))
    const { id } = await it.subscribe()
    await it.tell(it.here, ofRun('after'))
    assert.deepEqual(told(it.calls), ['after#3'])
    assert.equal(await it.position(id), 3)
    const [row] = await it.rows()
    assert.equal(row!.state, 'delivered')
    assert.equal(row!.attempts, 1)
    assert.equal(row!.status, 200)
  })

  test('from a position behind which the log still has them', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    await it.start()
    await it.tell(it.here, ofRun('a'), ofRun('b'), ofRun('c'))
    await it.subscribe({ fromPosition: 1 })
    await it.settle()
    assert.deepEqual(told(it.calls), ['b#2', 'c#3'])
    await assert.rejects(it.subscribe({ fromPosition: 99 }), /'from_position' is 99; allowed are 0 to/)
  })

  test('a failure holds up its subject and no other; afterwards the order is kept', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    let down = true
    it.script.answer = ({ body }) => (down && JSON.parse(body).subject === 'runs/a' ? 503 : 200)
    await it.start()
    const { id } = await it.subscribe()
    await it.tell(it.here, ofRun('a'), ofRun('b'), ofRun('a', 'run.tags-set'), ofRun('b', 'run.completed'))
    assert.deepEqual(told(it.calls).sort(), ['a#2', 'b#3', 'b#5'])
    // All of it is in rows: the position passes what waits.
    assert.equal(await it.position(id), 5)
    const rows = await it.rows()
    assert.deepEqual(
      rows.map(({ position, state, attempts, next_at }) => [position, state, attempts, next_at]),
      [
        [2, 'waiting', 1, it.time.clock() + FIRST_PAUSE],
        [3, 'delivered', 1, null],
        [4, 'waiting', 0, null],
        [5, 'delivered', 1, null],
      ],
    )
    assert.equal(rows[0]!.error, 'The receiver answered 503.')
    down = false
    await it.tell(it.here, ofRun('a', 'run.completed'))
    it.calls.length = 0
    await it.pass(FIRST_PAUSE)
    assert.deepEqual(told(it.calls), ['a#2', 'a#4', 'a#6'])
    assert.deepEqual(
      it.calls.map(({ headers }) => headers['x-orrery-attempt']),
      ['2', '1', '1'],
    )
    assert.ok((await it.rows()).every(({ state }) => state === 'delivered'))
  })

  test('attempts have one id; each is signed anew', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { answer: () => 500 })
    await it.start()
    await it.subscribe({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
    await it.tell(it.here, ofRun('a'))
    await it.pass(FIRST_PAUSE)
    const [first, second] = it.calls
    assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id'])
    assert.equal(first!.body, second!.body)
    assert.equal(
      Number(second!.headers['webhook-timestamp']) - Number(first!.headers['webhook-timestamp']),
      FIRST_PAUSE / 1000,
    )
    assert.notEqual(first!.headers['webhook-signature'], second!.headers['webhook-signature'])
  })

  test('a refusal for good is dead at once, and what follows goes on', async () => {
    await using db = await open()
    for (const status of [400, 410, 413]) {
      await using it = await openDeliveries(db)
      it.script.answer = ({ body }) => (JSON.parse(body).type === 'orrery.run.created' ? status : 200)
      await it.start()
      const { id } = await it.subscribe()
      await it.tell(it.here, ofRun('a'), ofRun('a', 'run.completed'))
      assert.equal(it.calls.length, 2)
      const [dead, delivered] = (await it.rows()).slice(-2)
      assert.deepEqual([dead!.state, dead!.status, dead!.attempts], ['dead', status, 1])
      assert.equal(delivered!.state, 'delivered')
      assert.equal((await it.subscriptions.get(it.here, { id })).dead, 1)
      await it.subscriptions.delete(it.here, { id })
    }
  })

  test('everything else is tried until attempts or time are used up, then told once', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { answer: () => new EgressError('timeout', 'too late') })
    await it.start()
    const { id } = await it.subscribe({ maxAttempts: 3 })
    await it.tell(it.here, ofRun('a'))
    await it.pass(FIRST_PAUSE)
    await it.pass(SECOND_PAUSE)
    assert.equal(it.calls.length, 3)
    await it.pass(HOUR_MS)
    assert.equal(it.calls.length, 3)
    const [row] = await it.rows()
    assert.deepEqual([row!.state, row!.attempts, row!.status, row!.error], ['dead', 3, null, 'too late'])
    const events = await it.log.after(0, 1_000)
    const dead = events.filter(({ type }) => type === 'subscription.dead-lettered')
    assert.deepEqual(
      dead.map(({ subject, after, actor }) => [subject, after, actor]),
      [[`subscriptions/${id}`, { name: 'hook', dead: 1, error: 'too late' }, 'system:server']],
    )
  })

  test('a receiver that asks for more time gets it, up to the next pause', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    it.script.answer = () => ({ status: 429, headers: { 'retry-after': '20' } })
    await it.start()
    await it.subscribe()
    await it.tell(it.here, ofRun('a'))
    assert.equal((await it.rows())[0]!.next_at, it.time.clock() + 20_000)
    it.script.answer = () => ({ status: 429, headers: { 'retry-after': '86400' } })
    await it.pass(20_000)
    assert.equal((await it.rows())[0]!.next_at, it.time.clock() + PAUSES_MS[2]!)
  })

  test('after five failures in a row one is tried and nothing else, until one arrives', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { answer: () => 502 })
    await it.start()
    const { id } = await it.subscribe()
    const runs = Array.from({ length: 40 }, (_, i) => ofRun(`r${i}`))
    await it.tell(it.here, ...runs)
    const tried = it.calls.length
    assert.ok(tried >= 5 && tried <= 13, `${tried} were tried`)
    await it.pass(FIRST_PAUSE)
    assert.ok(it.calls.length <= tried + 2, `${it.calls.length - tried} were tried again`)
    it.script.answer = () => 200
    it.calls.length = 0
    await it.pass(PAUSES_MS[1]!)
    assert.deepEqual(told(it.calls).length, 40)
    assert.equal(told(it.calls)[0], 'r0#2')
    assert.equal(await it.position(id), 41)
  })

  test('of a receiver that is gone only the one that is tried next says when', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { answer: () => 502 })
    await it.start()
    const { id } = await it.subscribe()
    await it.tell(it.here, ...Array.from({ length: 10 }, (_, i) => ofRun(`r${i}`)))
    await it.pass(FIRST_PAUSE)
    const nexts = async () => {
      const { deliveries } = await it.subscriptions.deliveries(it.here, { id, state: 'waiting', limit: 100 })
      return deliveries.map(({ nextAt }) => nextAt)
    }
    const [oldest, ...others] = (await nexts()).toReversed()
    assert.equal(oldest, it.time.clock() + SECOND_PAUSE)
    assert.ok(others.length >= 4)
    assert.deepEqual(new Set(others), new Set([null]))
    await it.subscriptions.update(it.here, { id, status: 'disabled' })
    assert.deepEqual(new Set(await nexts()), new Set([null]))
  })

  test('what grows too old while the receiver is gone is given up untried', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { answer: () => 502 })
    await it.start()
    await it.subscribe({ ttlMs: HOUR_MS })
    await it.tell(it.here, ...Array.from({ length: 30 }, (_, i) => ofRun(`r${i}`)))
    await it.pass(60_000)
    const tried = it.calls.length
    it.time.leap(2 * HOUR_MS)
    await it.pass(60_000)
    const rows = await it.rows()
    assert.equal(rows.length, 30)
    assert.deepEqual(new Set(rows.map(({ state }) => state)), new Set(['dead']))
    assert.ok(
      rows.some(({ attempts }) => attempts === 0),
      `${rows.map(({ attempts }) => attempts)}`,
    )
    assert.ok(it.calls.length <= tried + 1, `${it.calls.length - tried} more calls`)
  })

  test('one that fails or hangs costs another nothing', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const never = new Promise<number>(() => {})
    it.script.answer = ({ url }) => (url.includes('good') ? 200 : url.includes('hangs') ? never : 500)
    await it.deliverer.start()
    await it.subscribe({ target: 'https://hangs.example/' })
    await it.subscribe({ target: 'https://fails.example/' })
    await it.subscribe({ target: 'https://good.example/' })
    for (let i = 0; i < 30; i++) await it.db.inTx((tx) => it.deps.emit(tx, it.here, ofRun(`r${i}`)))
    await it.sequencer.settle()
    while (it.calls.filter(({ url }) => url.includes('good')).length < 30) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(it.calls.filter(({ url }) => url.includes('hangs')).length <= 8)
  })

  test('a list has what is due, in order; one that refuses it gets each alone', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    it.script.answer = ({ body }) => {
      const subjects = JSON.parse(body).map(({ subject }: { subject: string }) => subject)
      return subjects.includes('runs/r3') ? 413 : 200
    }
    await it.start()
    await it.subscribe({ shape: 'cloudevents-batch' })
    await it.db.inTx(async (tx) => {
      for (let i = 0; i < 20; i++) await it.deps.emit(tx, it.here, ofRun(`r${i % 10}`))
    })
    await it.settle()
    const rows = await it.rows()
    assert.deepEqual(
      rows.filter(({ state }) => state === 'dead').map(({ subject }) => subject),
      ['runs/r3', 'runs/r3'],
    )
    assert.equal(rows.filter(({ state }) => state === 'delivered').length, 18)
    assert.match(it.calls[0]!.headers['content-type']!, /cloudevents-batch\+json/)
    assert.deepEqual(told(it.calls.slice(0, 1)), told(it.calls.slice(0, 1)).toSorted(byPosition))
  })

  test('what the owner may not see is not sent, and one without the right has no subscription', async () => {
    await using db = await open()
    const rights = { isThere: true, may: true, readable: [7] as readonly number[] }
    await using it = await openDeliveries(db, {
      callerOf: async (_, workspaceKey) =>
        rights.isThere
          ? someone(workspaceKey, {
              may: () => rights.may,
              readable: () => ({ kind: 'only', keys: rights.readable }),
            })
          : undefined,
    })
    await it.start()
    const { id } = await it.subscribe()
    await it.tell(it.here, ofRun('a'), { ...ofRun('hidden'), on: 8 }, ofRun('b'))
    assert.deepEqual(told(it.calls), ['a#2', 'b#4'])
    assert.equal(await it.position(id), 4)
    rights.isThere = false
    await it.tell(it.here, ofRun('c'))
    assert.equal(it.calls.length, 2)
    const stopped = await it.subscriptions.get(it.here, { id })
    assert.equal(stopped.status, 'stopped')
    assert.match(stopped.statusReason!, /gone or disabled/)
    const events = await it.log.after(0, 1_000)
    assert.equal(events.at(-1)!.type, 'subscription.stopped')
    // Somebody who may takes it over: what had not gone goes then.
    rights.isThere = true
    await it.subscriptions.update(it.here, { id, status: 'active' })
    await it.settle()
    assert.deepEqual(told(it.calls), ['a#2', 'b#4', 'c#5'])
  })

  test('what was under way or waits goes on after a restart, and what arrived does not come again', async () => {
    await using db = await open()
    const calls: string[] = []
    {
      await using it = await openDeliveries(db)
      it.script.answer = ({ body }) => (JSON.parse(body).subject === 'runs/a' ? 500 : 200)
      await it.start()
      await it.subscribe()
      await it.tell(it.here, ofRun('a'), ofRun('b'), ofRun('a'), ofRun('c'))
      calls.push(...told(it.calls))
    }
    assert.deepEqual(calls.toSorted(), ['a#2', 'b#3', 'c#5'])
    await using again = await openDeliveries(db)
    await again.start()
    await again.pass(FIRST_PAUSE)
    assert.deepEqual(told(again.calls), ['a#2', 'a#4'])
    assert.ok((await again.rows()).every(({ state }) => state === 'delivered'))
  })

  test('switched off nothing goes, switched on again it begins where it stopped', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    await it.start()
    const { id } = await it.subscribe()
    await it.tell(it.here, ofRun('a'))
    await it.subscriptions.update(it.here, { id, status: 'disabled' })
    await it.settle()
    await it.tell(it.here, ofRun('b'))
    assert.deepEqual(told(it.calls), ['a#2'])
    await it.subscriptions.update(it.here, { id, status: 'active', filter: { types: ['run.created'] } })
    await it.tell(it.here, ofRun('c', 'run.completed'), ofRun('d'))
    assert.deepEqual(told(it.calls), ['a#2', 'b#4', 'd#7'])
  })

  test('deleted, its rows go and what is under way is broken off', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    it.script.answer = () => new Promise<number>(() => {})
    await it.deliverer.start()
    const { id } = await it.subscribe()
    await it.db.inTx((tx) => it.deps.emit(tx, it.here, ofRun('a')))
    while (it.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await it.subscriptions.delete(it.here, { id })
    await it.settle()
    assert.deepEqual(await it.rows(), [])
    await assert.rejects(it.subscriptions.get(it.here, { id }), {
      message: `Webhook with ID ${id} not found.`,
    })
  })

  test('replays are new deliveries, marked, in order, and hold up nothing', async () => {
    await using db = await open()
    await using it = await openDeliveries(db, { answer: () => 410 })
    await it.start()
    const { id } = await it.subscribe()
    await it.tell(it.here, ofRun('a'), ofRun('a'), ofRun('b'))
    it.calls.length = 0
    it.script.answer = () => 200
    assert.deepEqual(await it.subscriptions.replay(it.here, { id, dead: true }), { queued: 3 })
    await it.settle()
    assert.deepEqual(
      told(it.calls).filter((one) => one.startsWith('a')),
      ['a#2', 'a#3'],
    )
    assert.deepEqual(
      it.calls.map(({ headers }) => headers['x-orrery-replay']),
      ['1', '1', '1'],
    )
    const { deliveries } = await it.subscriptions.deliveries(it.here, { id, limit: 10 })
    assert.deepEqual(
      deliveries.map(({ position, replay, state }) => [position, replay, state]),
      [
        [4, 1, 'delivered'],
        [4, 0, 'replayed'],
        [3, 1, 'delivered'],
        [3, 0, 'replayed'],
        [2, 1, 'delivered'],
        [2, 0, 'replayed'],
      ],
    )
    assert.deepEqual(await it.subscriptions.replay(it.here, { id, fromPosition: 3, toPosition: 4 }), {
      queued: 2,
    })
    await it.settle()
    assert.deepEqual(
      it.calls.slice(3).map(({ headers }) => headers['x-orrery-replay']),
      ['2', '2'],
    )
    const [newest] = deliveries
    assert.deepEqual(await it.subscriptions.replay(it.here, { id, deliveries: [newest!.id] }), { queued: 1 })
    await it.settle()
    assert.equal(told(it.calls).at(-1), 'b#4')
  })

  test('a receiver that is slow to take much gets it all; the log is read no further than there is room', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    await it.start()
    const { id } = await it.subscribe()
    await it.db.inTx(async (tx) => {
      for (let i = 0; i < 3_500; i++) await it.deps.emit(tx, it.here, ofRun(`r${i}`))
    })
    await it.settle()
    assert.equal(it.calls.length, 3_500)
    assert.equal(await it.position(id), 3_501)
    assert.equal(new Set(told(it.calls)).size, 3_500)
  })

  test('old deliveries are removed, what waits is not', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    it.script.answer = ({ body }) => (JSON.parse(body).subject === 'runs/a' ? 500 : 200)
    await it.start()
    await it.subscribe()
    await it.tell(it.here, ofRun('a'), ofRun('b'))
    await it.pass(60_000)
    assert.equal((await it.rows()).length, 2)
    await it.subscriptions.update(it.here, {
      id: (await it.subscriptions.list(it.here, { limit: 1 })).subscriptions[0]!.id,
      status: 'disabled',
    })
    it.time.leap(8 * 24 * HOUR_MS)
    await it.pass(60_000)
    assert.deepEqual(
      (await it.rows()).map(({ subject }) => subject),
      ['runs/a'],
    )
  })
})

const byPosition = (a: string, b: string) => Number(a.split('#')[1]) - Number(b.split('#')[1])
