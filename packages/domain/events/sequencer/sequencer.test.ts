import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countingIds } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeEmit } from '../emit.ts'
import type { Event } from '../event.ts'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { makeEventLog } from '../log/event-log.ts'
import { openLog, someone } from '../testing/open-log.ts'
import { verifyLog, waitingEvents } from '../testing/verify.ts'
import { makeSequencer } from './make-sequencer.ts'

const [here, elsewhere] = [someone(1), someone(2)]

const tagged = (at: number): Event => ({
  type: 'experiment.tag-set',
  subject: `experiments/${at}`,
  on: at,
  after: { tags: { at: String(at) } },
})

const mentions = (db: Database) =>
  db.read.tables<EventsTables>().selectFrom('event_mentions').selectAll().orderBy('subject').execute()

eachEngine('sequencer', [eventsMigrations], (open) => {
  test('what is emitted comes into the log in its order, and leaves the outbox', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(here, tagged(1), tagged(2), tagged(3))
    const events = await log.events()
    assert.deepEqual(
      events.map(({ position, number, subject, on, after }) => ({ position, number, subject, on, after })),
      [1, 2, 3].map((at) => ({
        position: at,
        number: at,
        subject: `experiments/${at}`,
        on: at,
        after: { tags: { at: String(at) } },
      })),
    )
    assert.equal(log.log.durable, 3)
    assert.equal(await waitingEvents(db), 0)
    await verifyLog(db)
  })

  test('each workspace has numbers and a chain of its own', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(here, tagged(1))
    await log.tell(elsewhere, tagged(2), tagged(3))
    await log.tell(here, tagged(4))
    const events = await log.events()
    assert.deepEqual(
      events.map(({ workspaceKey, number }) => [workspaceKey, number]),
      [
        [1, 1],
        [2, 1],
        [2, 2],
        [1, 2],
      ],
    )
    await verifyLog(db)
  })

  test('a verb that is rolled back tells nothing, and leaves no gap', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(here, tagged(1))
    const verb = db.inTx(async (tx) => {
      await log.emit(tx, here, tagged(2))
      throw new Error('changed my mind')
    })
    await assert.rejects(verb, /changed my mind/)
    await log.tell(here, tagged(3))
    assert.deepEqual(
      (await log.events()).map(({ position, subject }) => [position, subject]),
      [
        [1, 'experiments/1'],
        [2, 'experiments/3'],
      ],
    )
    await verifyLog(db)
  })

  test('more than a turn takes goes on in the next', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const many = Array.from({ length: 1_500 }, (_, at) => tagged(at))
    await db.inTx(async (tx) => {
      for (const event of many) await log.emit(tx, here, event)
    })
    const ids = (await log.events()).map(({ id }) => id)
    assert.equal(ids.length, 1_500)
    assert.deepEqual(await verifyLog(db), ids)
  })

  test('what an earlier process has left is there when the log is opened', async () => {
    await using db = await open()
    {
      await using log = await openLog(db)
      await log.tell(here, tagged(1))
      await log.sequencer.stop()
      await db.inTx((tx) => log.emit(tx, here, tagged(2)))
    }
    assert.equal(await waitingEvents(db), 1)
    await using log = await openLog(db)
    assert.equal(log.log.durable, 2)
    assert.deepEqual(
      (await log.log.after(0, 10)).map(({ subject }) => subject),
      ['experiments/1', 'experiments/2'],
    )
    await verifyLog(db)
  })

  test('what waits in the outbox goes before what is told while nobody has started yet', async () => {
    await using db = await open()
    const [clock, ids] = [() => 0, countingIds()]
    const many = Array.from({ length: 1_100 }, (_, at) => tagged(at))
    const early = makeEmit({ clock, ids })
    await db.inTx(async (tx) => {
      for (const event of many) await early(tx, here, event)
    })
    const log = makeEventLog({ db })
    const sequencer = makeSequencer({ db, log, onFailure: assert.ifError })
    const emit = makeEmit({ clock, ids, sequencer })
    await db.inTx((tx) => emit(tx, here, { ...tagged(1), after: { tags: { at: 'last' } } }))
    await sequencer.start()
    assert.equal(log.durable, 1_101)
    assert.deepEqual((await log.after(1_100, 10))[0]!.after, { tags: { at: 'last' } })
    assert.equal((await verifyLog(db)).length, 1_101)
    await sequencer.stop()
  })

  test('a commit that is refused leaves no gap and no link of the chain', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(here, tagged(1))
    const refused = db.inTx(async (tx) => {
      await log.emit(tx, here, tagged(2))
      await log.emit(tx, elsewhere, tagged(3))
      tx.beforeCommit(async () => {
        throw new Error('no commit')
      }, '')
    })
    await assert.rejects(refused)
    await log.tell(here, tagged(4))
    await log.tell(elsewhere, tagged(5))
    assert.deepEqual(
      (await log.events()).map(({ position, number, subject }) => [position, number, subject]),
      [
        [1, 1, 'experiments/1'],
        [2, 2, 'experiments/4'],
        [3, 1, 'experiments/5'],
      ],
    )
    await verifyLog(db)
  })

  test('where nobody else writes, an event comes into the log with its change, and is shown when that is durable', async (t) => {
    await using db = await open()
    if (!db.can.soleWriter) return t.skip('others write too: the outbox puts them into one order')
    await using log = await openLog(db)
    const told = db.inTx(async (tx) => {
      await log.emit(tx, here, tagged(1))
      assert.deepEqual(await tx.tables<EventsTables>().selectFrom('outbox').select('seq').execute(), [])
    })
    await told
    assert.equal((await verifyLog(db)).length, 1)
    assert.equal(log.log.durable, 0)
    await log.settle()
    assert.equal(log.log.durable, 1)
  })

  test('texts that no store can hold as they are neither break the chain nor the commit of others', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const half = String.fromCharCode(0xd83d)
    const odd = someone(1, { reason: `why ${half}`, requestId: `r${half}`, address: half })
    await log.tell(odd, { ...tagged(1), subject: `models/${half}`, before: { half }, also: [`runs/${half}`] })
    const [wrong, alsoWrong, right] = await Promise.allSettled([
      db.inTx((tx) => log.emit(tx, here, { ...tagged(2), subject: 'models/\0' })),
      db.inTx((tx) => log.emit(tx, here, { ...tagged(2), also: ['runs/\0'] })),
      db.inTx((tx) => log.emit(tx, here, tagged(3))),
    ])
    assert.equal(wrong.status === 'rejected' && wrong.reason.code, 'INVALID_PARAMETER_VALUE')
    assert.equal(alsoWrong.status === 'rejected' && alsoWrong.reason.code, 'INVALID_PARAMETER_VALUE')
    assert.equal(right.status, 'fulfilled')
    const [event] = await log.events()
    assert.deepEqual([event!.subject, event!.reason], ['models/\uFFFD', 'why \uFFFD'])
    assert.equal(event!.before!.half, half)
    // Where its story looks for it, as the event has it: otherwise a check of the log finds a fault.
    assert.deepEqual(event!.also, ['runs/\uFFFD'])
    assert.deepEqual(
      (await mentions(db)).map(({ subject }) => subject),
      ['runs/\uFFFD'],
    )
    assert.equal((await verifyLog(db)).length, 2)
  })

  test('whom an event names besides its subject is kept, once and without itself', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const also = ['runs/a', 'experiments/1', 'runs/a', `runs/${'x'.repeat(600)}`]
    await log.tell(here, { ...tagged(1), also })
    assert.deepEqual(await mentions(db), [{ workspace_key: 1, subject: 'runs/a', position: 1 }])
    assert.deepEqual((await log.events())[0]!.also, also)
  })

  test('long texts with every letter come through as they were', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const value = `\u0001"\\ü\u{1F600}\u2028${'x'.repeat(200_000)}`
    await log.tell(here, {
      ...tagged(1),
      subject: `runs/a/artifacts/${'p'.repeat(5_000)}`,
      before: { value },
    })
    const [event] = await log.events()
    assert.equal(event!.before!.value, value)
    await verifyLog(db)
  })

  test('a server that comes later takes over where the other stopped', async () => {
    await using db = await open()
    await using one = await openLog(db)
    await one.tell(here, tagged(1))
    await using two = await openLog(db)
    await two.tell(here, tagged(2))
    await one.tell(here, tagged(3))
    await two.tell(elsewhere, tagged(4))
    await verifyLog(db)
    assert.equal(two.log.durable, 4)
  })

  test('readers are told once per turn of the loop, and after the log has grown', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const grown: number[] = []
    const stop = log.log.onGrown(() => grown.push(log.log.durable))
    await log.tell(here, tagged(1))
    await log.events()
    stop()
    await log.tell(here, tagged(2))
    await log.events()
    assert.deepEqual(grown, [1])
  })

  test('a failure is told once, events stay where they are, and move when it is over', async () => {
    await using db = await open()
    const failures: unknown[] = []
    await using log = await openLog(db)
    let isBroken = true
    const faulty: Database = Object.create(db, {
      inTx: {
        value: (verb: Parameters<Database['inTx']>[0]) =>
          isBroken ? Promise.reject(new Error('the disk is full')) : db.inTx(verb),
      },
    })
    await log.sequencer.stop()
    await db.inTx((tx) => log.emit(tx, here, tagged(1)))
    const sequencer = makeSequencer({
      db: faulty,
      log: makeEventLog({ db }),
      onFailure: (error) => failures.push(error),
    })
    await assert.rejects(sequencer.settle(), /the disk is full/)
    await assert.rejects(sequencer.settle(), /the disk is full/)
    assert.equal(failures.length, 1)
    assert.equal(await waitingEvents(db), 1)
    isBroken = false
    await sequencer.settle()
    await sequencer.stop()
    assert.equal((await verifyLog(db)).length, 1)
  })
})
