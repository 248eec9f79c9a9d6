import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { ofRun, openDeliveries } from './testing/open-deliveries.ts'

const HANGING = 500

eachEngine('receivers that hang', [eventsMigrations], (open) => {
  test('hundreds that hang from the start cost one that has answered nothing, and a new one two seconds', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    const never = new Promise<number>(() => {})
    it.script.answer = ({ url }) => (url.includes('hangs') ? never : 200)
    await it.subscribe({ target: 'https://known.example/' })
    await it.start()
    await it.tell(it.here, ofRun('known'))
    await subscribeMany(it, HANGING, 'https://hangs.example/')
    await it.subscribe({ target: 'https://new.example/' })
    await it.settle()
    const to = (name: string) => it.calls.filter(({ url }) => url.includes(name)).length
    const knownBefore = to('known')
    await tellAtOnce(it, 'a', 'b', 'c')
    await until(() => to('known') === knownBefore + 3)
    let waitedMs = 0
    for (; to('new') < 3; waitedMs += 50) {
      assert.ok(waitedMs <= 2_500, `the new one has ${to('new')} of 3 after ${waitedMs} ms`)
      await it.time.pass(50, turns)
    }
    assert.equal(to('hangs') >= 64, true)
    assert.deepEqual(it.failures, [])
  })

  test('hundreds that begin to hang at once cost one that answers two seconds, once', async () => {
    await using db = await open()
    await using it = await openDeliveries(db)
    let isHanging = false
    const never = new Promise<number>(() => {})
    it.script.answer = ({ url }) => (isHanging && url.includes('hangs') ? never : 200)
    await subscribeMany(it, HANGING, 'https://hangs.example/')
    await it.subscribe({ target: 'https://good.example/' })
    await it.start()
    await it.tell(it.here, ofRun('before'))
    isHanging = true
    it.calls.length = 0
    const good = () => it.calls.filter(({ url }) => url.includes('good')).length
    await tellAtOnce(it, ...Array.from({ length: 20 }, (_, i) => `r${i}`))
    await until(() => it.calls.length >= 128)
    let waitedMs = 0
    for (; good() < 20; waitedMs += 50) {
      assert.ok(waitedMs <= 2_500, `it has ${good()} of 20 after ${waitedMs} ms`)
      await it.time.pass(50, turns)
    }
    // By now it is known which they are: nothing more has to be waited for.
    await it.time.pass(2_000, turns)
    await tellAtOnce(it, 'later')
    await until(() => good() === 21)
    assert.deepEqual(it.failures, [])
  })
})

type Opened = Awaited<ReturnType<typeof openDeliveries>>

/** Written past the verb, which tells the deliverer of each by itself. */
async function subscribeMany(it: Opened, count: number, target: string): Promise<void> {
  await it.subscribe({ target })
  const tables = it.db.read.tables<EventsTables>()
  const { subscription_key, ...row } = await tables
    .selectFrom('subscriptions')
    .selectAll()
    .where('target', '=', target)
    .executeTakeFirstOrThrow()
  await it.db.inTx(async (tx) => {
    for (let i = 1; i < count; i++) {
      const one = {
        ...row,
        subscription_id: `${row.subscription_id.slice(4)}${i.toString(16).padStart(4, '0')}`,
      }
      await tx.tables<EventsTables>().insertInto('subscriptions').values(one).execute()
    }
  })
}

const tellAtOnce = (it: Opened, ...runs: readonly string[]) =>
  it.db
    .inTx(async (tx) => {
      for (const run of runs) await it.deps.emit(tx, it.here, ofRun(run))
    })
    .then(() => it.sequencer.settle())

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

/** As many turns of the loop as requests need that are answered at once. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}
