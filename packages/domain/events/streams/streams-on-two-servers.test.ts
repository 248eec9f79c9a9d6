import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { randomIds } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { openPostgres } from '@orrery/drivers/db/postgres'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../index.ts'
import { someone } from '../testing/open-log.ts'
import { openStreams } from '../testing/open-streams.ts'

const here = someone(1)
const run = (id: string) => ({ type: 'run.created', subject: `runs/${id}`, on: 1 }) as const

/** A server hears '' when its connection for signals is there. */
const listening = (db: Database) =>
  new Promise<void>((resolve) => {
    const stop = db.signals.listen('streams', () => {
      stop()
      resolve()
    })
  })

async function twoServers() {
  const { url, drop } = await makeTestSchema()
  const [first, second] = [await openPostgres({ url }), await openPostgres({ url })]
  await first.migrate([eventsMigrations])
  await Promise.all([listening(first), listening(second)])
  const [one, two] = [
    await openStreams(first, { ids: randomIds }),
    await openStreams(second, { ids: randomIds }),
  ]
  return {
    one,
    two,
    async [Symbol.asyncDispose]() {
      for (const server of [one, two]) {
        server.streams.stop()
        await server.sequencer.stop()
      }
      await Promise.all([first.close(), second.close()])
      await drop()
    },
  }
}

function postgresTests(): void {
  test('a stream of one server hears what happens at the other, in order', async () => {
    await using servers = await twoServers()
    const { one, two } = servers
    const listener = await two.listen(here)
    await one.tell(here, run('a'), run('b'))
    await two.tell(here, run('c'))
    await one.tell(here, run('d'))
    await listener.until((it) => it.subjects.length === 4)
    assert.deepEqual(listener.subjects, ['runs/a', 'runs/b', 'runs/c', 'runs/d'])
  })

  test('wishes are replaced at whichever server the client asks, whole however long they are', async () => {
    await using servers = await twoServers()
    const { one, two } = servers
    const listener = await two.listen(here, { wishes: { filters: [] } })
    const filters = Array.from({ length: 30 }, (_, at) => ({
      subjectBegins: `runs/ü${at}-${'x'.repeat(300)}`,
    }))
    await one.streams.replaceWishes(here, {
      stream: listener.id,
      wishes: { filters: [...filters, { subjectBegins: 'runs/a' }] },
    })
    await listener.until((it) => it.kinds.includes('wishes'))
    await one.tell(here, run('b'), run('a'))
    await listener.until((it) => it.subjects.length > 0)
    assert.deepEqual(listener.subjects, ['runs/a'])
  })

  test('whoever asks for the stream of another account at another server changes nothing', async () => {
    await using servers = await twoServers()
    const { one, two } = servers
    const listener = await two.listen(here)
    const bob = someone(1, { principal: { kind: 'user', name: 'bob', key: 9 } })
    await one.streams.replaceWishes(bob, { stream: listener.id, wishes: { filters: [] } })
    // Told on the same channel after it, so heard after it.
    await one.streams.replaceWishes(here, { stream: listener.id, wishes: { filters: [{}] } })
    await listener.until((it) => it.kinds.includes('wishes'))
    assert.equal(listener.kinds.filter((kind) => kind === 'wishes').length, 1)
  })

  test('a client that comes from a server which is ahead is not told that its place is gone', async () => {
    await using servers = await twoServers()
    const { one, two } = servers
    await one.tell(here, run('a'), run('b'))
    const listener = await two.listen(here, { after: 2 })
    await one.tell(here, run('c'))
    await listener.until((it) => it.subjects.length > 0)
    assert.deepEqual(listener.kinds, ['hello', 'event'])
    assert.deepEqual(listener.subjects, ['runs/c'])
  })
}

if (chosenEngines().includes('postgres')) {
  stopPostgresAfterTests()
  describe('live streams of two servers', postgresTests)
}
