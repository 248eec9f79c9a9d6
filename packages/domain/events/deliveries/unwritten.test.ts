import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { manualTime } from './testing/manual-time.ts'
import { ofRun, openDeliveries } from './testing/open-deliveries.ts'

/** So many may be sent and not written. */
const UNWRITTEN = 5_000
const MORE = 1_000
const FAILS = 'https://fails.example/'
const GOOD = 'https://good.example/'

eachEngine('results that cannot be written', [eventsMigrations], (open) => {
  test('are tried again after a while; what is sent stops, and goes on under a new lease', async (t) => {
    await using db = await open()
    if (!db.can.soleWriter) return t.skip('the clock that is put forward here ends its lease too')
    const time = manualTime()
    let isBroken = false
    let writes = 0
    const faulty: typeof db = Object.create(db, {
      scan: { value: db.scan.bind(db) },
      inTx: {
        value: async (...given: Parameters<typeof db.inTx>) => {
          writes += 1
          if (!isBroken) return db.inTx(...given)
          await turn()
          throw new Error('the disk is full')
        },
      },
    })
    let timers = 0
    await using it = await openDeliveries(db, {
      more: {
        db: faulty,
        clock: time.clock,
        monotonic: time.clock,
        timers: {
          after(ms, call) {
            timers += 1
            return time.timers.after(ms, call)
          },
        },
      },
    })
    it.script.answer = ({ url }) => (url === GOOD ? 200 : 500)
    await it.start()
    await it.subscribe({ target: FAILS, filter: { types: ['run.*'], subjectBegins: 'runs/f' } })
    await it.subscribe({ target: GOOD, filter: { types: ['run.*'], subjectBegins: 'runs/g' } })
    await it.settle()
    const to = (target: string) => it.calls.filter(({ url }) => url === target).length
    const tell = async (name: string, count: number) => {
      await db.inTx(async (tx) => {
        for (let i = 0; i < count; i++) await it.deps.emit(tx, it.here, ofRun(`${name}${i}`))
      })
      await it.sequencer.settle()
    }
    await tell('f', 8)
    while (to(FAILS) < 5) await turn()

    isBroken = true
    await tell('g', UNWRITTEN + MORE)
    while (to(GOOD) < UNWRITTEN) await turn()
    await turns()
    assert.ok(to(GOOD) < UNWRITTEN + MORE, `${to(GOOD)} were sent`)
    // The receiver that is gone is due to be tried: nobody may.
    time.leap(60_000)
    writes = timers = 0
    await time.pass(500, turns)
    assert.ok(writes < 10 && timers < 50, `${writes} writes and ${timers} timers in half a second`)

    const holder = await holdAs('another')
    isBroken = false
    await pass(() => !it.deliverer.isActive)
    await holdAs(holder)
    it.calls.length = 0
    await pass(() => to(GOOD) > 0)

    async function pass(isSo: () => boolean): Promise<void> {
      for (let times = 0; !isSo(); times++) {
        assert.ok(times < 100, 'it never comes')
        await time.pass(100, turns)
      }
    }

    async function holdAs(holder: string): Promise<string> {
      const leases = db.read.tables<EventsTables>().selectFrom('event_leases')
      const was = await leases.select('holder').executeTakeFirstOrThrow()
      await db.inTx((tx) => tx.tables<EventsTables>().updateTable('event_leases').set({ holder }).execute())
      return was.holder
    }
  })
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function turns(): Promise<void> {
  for (let i = 0; i < 40; i++) await turn()
}
