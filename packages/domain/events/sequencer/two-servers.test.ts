import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { randomIds } from '@orrery/base/kernel'
import { openPostgres } from '@orrery/drivers/db/postgres'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../index.ts'
import type { LoggedEvent } from '../log.ts'
import { openLog, someone } from '../testing/open-log.ts'
import { verifyLog } from '../testing/verify.ts'

const here = someone(1)

const told = (subject: string) => ({ type: 'run.deleted', subject, on: 1 }) as const

/** Two servers on one database. */
async function twoServers() {
  const { url, drop } = await makeTestSchema()
  const [here, there] = [await openPostgres({ url }), await openPostgres({ url })]
  await here.migrate([eventsMigrations])
  const one = await openLog(here, { ids: randomIds })
  const two = await openLog(there, { ids: randomIds })
  return {
    one,
    two,
    async [Symbol.asyncDispose]() {
      await Promise.all([one.sequencer.stop(), two.sequencer.stop()])
      await Promise.all([here.close(), there.close()])
      await drop()
    },
  }
}

/** Reads a log as it grows, until so many events are there. */
async function follow(
  log: Awaited<ReturnType<typeof openLog>>['log'],
  count: number,
): Promise<LoggedEvent[]> {
  const seen: LoggedEvent[] = []
  let wake = () => {}
  const stop = log.onGrown(() => wake())
  while (seen.length < count) {
    const more = await log.after(seen.at(-1)?.position ?? 0, 100)
    seen.push(...more)
    if (more.length > 0) continue
    await new Promise<void>((resolve) => {
      wake = resolve
      if (log.durable > (seen.at(-1)?.position ?? 0)) resolve()
    })
  }
  stop()
  return seen
}

function postgresTests(): void {
  test('an event that is committed late is in the log after those that overtook it, and none is lost', async () => {
    await using servers = await twoServers()
    const { one } = servers
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let hasEmitted = () => {}
    const emitted = new Promise<void>((resolve) => {
      hasEmitted = resolve
    })
    const late = one.db.inTx(async (tx) => {
      await one.emit(tx, here, told('runs/late'))
      hasEmitted()
      await held
    })
    await emitted
    await one.tell(here, told('runs/early'))
    assert.deepEqual(
      (await one.events()).map(({ subject }) => subject),
      ['runs/early'],
    )
    letGo()
    await late
    assert.deepEqual(
      (await one.events()).map(({ subject }) => subject),
      ['runs/early', 'runs/late'],
    )
    await verifyLog(one.db)
  })

  test('two servers that write at once make one log, which both follow to its end', async () => {
    await using servers = await twoServers()
    const { one, two } = servers
    const each = 300
    const following = [follow(one.log, 2 * each), follow(two.log, 2 * each)]
    const write = async (server: typeof one, name: string) => {
      for (let at = 0; at < each; at += 10) {
        await Promise.all(
          Array.from({ length: 10 }, (_, i) =>
            server.db.inTx((tx) => server.emit(tx, here, told(`runs/${name}-${at + i}`))),
          ),
        )
      }
    }
    await Promise.all([write(one, 'a'), write(two, 'b')])
    const [seenByOne, seenByTwo] = await Promise.all(following)
    const ids = await verifyLog(one.db)
    assert.equal(new Set(ids).size, 2 * each)
    assert.deepEqual(
      seenByOne!.map(({ id }) => id),
      ids,
    )
    assert.deepEqual(
      seenByTwo!.map(({ id }) => id),
      ids,
    )
  })

  test('events of one subject keep the order of their locks', async () => {
    await using servers = await twoServers()
    const { one, two } = servers
    let next = 0
    const change = (server: typeof one) =>
      server.db.inTx(async (tx) => {
        await tx
          .tables<{ event_leases: { name: string; holder: string; beat: number } }>()
          .insertInto('event_leases')
          .values({ name: 'thing', holder: '', beat: 0 })
          .onConflict((clash) => clash.column('name').doUpdateSet({ holder: '' }))
          .execute()
        await server.emit(tx, here, { ...told('runs/thing'), after: { at: next++ } } as never)
      })
    await Promise.all(Array.from({ length: 100 }, (_, at) => change(at % 2 === 0 ? one : two)))
    const order = (await one.events()).map(({ after }) => after!.at)
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, at) => at),
    )
  })

  test('events that a server left in the outbox when it died are moved by another', async () => {
    await using servers = await twoServers()
    const { one, two } = servers
    await one.sequencer.stop()
    await one.db.inTx((tx) => one.emit(tx, here, told('runs/orphan')))
    // Its own look, a second later at most: nobody wakes it.
    const [event] = await follow(two.log, 1)
    assert.equal(event!.subject, 'runs/orphan')
  })
}

if (chosenEngines().includes('postgres')) {
  stopPostgresAfterTests()
  describe('two sequencers on postgres', postgresTests)
}
