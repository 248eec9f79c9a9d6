import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { Event } from '../event.ts'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { STREAM_LIMITS } from '../streams.ts'
import { someone } from '../testing/open-log.ts'
import { openStreams } from '../testing/open-streams.ts'

const here = someone(1)
const elsewhere = someone(2)

const run = (id: string, on = 1): Event => ({ type: 'run.created', subject: `runs/${id}`, on })

/** Reads only some experiments, and nothing of the audit log. */
const reader = (...keys: number[]): Caller =>
  someone(1, {
    principal: { kind: 'user', name: 'bob', key: 2 },
    may: (permission) => permission === 'workspace.read',
    readable: () => ({ kind: 'only', keys }),
  })

eachEngine('live streams', [eventsMigrations], (open) => {
  test('says hello, then what happens from then on, as CloudEvents', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    await log.tell(here, run('before'))
    const listener = await log.listen(here)
    await log.tell(here, run('a'), run('b'))
    await listener.until((it) => it.subjects.length === 2)
    assert.deepEqual(
      listener.frames.map(({ kind, position }) => [kind, position]),
      [
        ['hello', 1],
        ['event', 2],
        ['event', 3],
      ],
    )
    const [, first] = listener.frames
    const event = JSON.parse((first as { json: string }).json)
    assert.equal(event.type, 'orrery.run.created')
    assert.equal(event.source, 'https://ml.example.org/workspaces/default')
    assert.equal(event.subject, 'runs/a')
  })

  test('goes on behind the last event that the client has, without a gap and without one twice', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    await log.tell(here, ...Array.from({ length: 30 }, (_, at) => run(String(at))))
    const listener = await log.listen(here, { after: 12 })
    await log.tell(here, ...Array.from({ length: 10 }, (_, at) => run(String(30 + at))))
    await listener.until((it) => it.subjects.length >= 28)
    assert.deepEqual(
      listener.subjects,
      Array.from({ length: 28 }, (_, at) => `runs/${12 + at}`),
    )
  })

  test('resumes exactly while others write, wherever it is cut off', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const total = 400
    const writing = (async () => {
      for (let at = 0; at < total; at += 8) {
        const events = Array.from({ length: 8 }, (_, i) => run(String(at + i)))
        await Promise.all(events.map((event) => db.inTx((tx) => log.emit(tx, here, event))))
      }
    })()
    const positions: number[] = []
    while (positions.length < total) {
      const listener = await log.listen(here, { after: positions.at(-1) ?? 0 })
      const enough = Math.min(total - positions.length, 1 + (positions.length % 37))
      await listener.until((it) => it.subjects.length >= enough)
      positions.push(...listener.frames.flatMap(({ kind, position }) => (kind === 'event' ? [position] : [])))
      listener.leave()
    }
    await writing
    assert.deepEqual(
      positions,
      Array.from({ length: total }, (_, at) => at + 1),
    )
  })

  test('tells nothing of other workspaces, of experiments that one may not read, or of the audit log', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const bob = await log.listen(reader(1))
    await log.tell(elsewhere, run('elsewhere'))
    await log.tell(here, run('hidden', 2), { type: 'experiment.deleted', subject: 'experiments/x' })
    await log.tell(here, { type: 'identity.linked', subject: 'users/alice' }, run('seen', 1))
    await bob.until((it) => it.subjects.length > 0)
    assert.deepEqual(bob.subjects, ['runs/seen'])
  })

  test('sends only what is wished for, by any of the filters', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const filters = [{ types: ['run.*'], subjectBegins: 'runs/a' }, { types: ['experiment.deleted'] }]
    const listener = await log.listen(here, { wishes: { filters } })
    await log.tell(here, run('b'), run('a1'), { type: 'experiment.deleted', subject: 'experiments/1', on: 1 })
    await listener.until((it) => it.subjects.length === 2)
    assert.deepEqual(listener.subjects, ['runs/a1', 'experiments/1'])
  })

  test('replaces its wishes while it goes on', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const listener = await log.listen(here, { wishes: { filters: [] } })
    const other = await log.listen(here)
    await log.tell(here, run('nobody'))
    await other.until((it) => it.subjects.length > 0)
    await log.streams.replaceWishes(here, {
      stream: listener.id,
      wishes: { filters: [{ types: ['run.*'] }] },
    })
    await listener.until((it) => it.kinds.includes('wishes'))
    await log.tell(here, run('somebody'))
    await listener.until((it) => it.subjects.length > 0)
    assert.deepEqual(listener.subjects, ['runs/somebody'])
    assert.deepEqual(listener.kinds, ['hello', 'wishes', 'event'])
  })

  test('of a stream of somebody else nobody replaces the wishes', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const listener = await log.listen(here)
    const wishes = { filters: [] }
    const bobs = log.streams
      .replaceWishes(reader(1), { stream: listener.id, wishes })
      .catch(({ code }) => code)
    assert.equal(await bobs, 'RESOURCE_DOES_NOT_EXIST')
    const other = log.streams
      .replaceWishes(elsewhere, { stream: listener.id, wishes })
      .catch(({ code }) => code)
    assert.equal(await other, 'RESOURCE_DOES_NOT_EXIST')
    await log.tell(here, run('a'))
    await listener.until((it) => it.subjects.length > 0)
  })

  test('wishes that are no filters are refused', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const many = { filters: Array.from({ length: STREAM_LIMITS.filters + 1 }, () => ({})) }
    const long = { filters: Array.from({ length: 50 }, () => ({ subjectBegins: 'x'.repeat(400) })) }
    for (const wishes of [many, long, { filters: [{ types: ['run.sung'] }] }]) {
      await assert.rejects(log.listen(here, { wishes }), { code: 'INVALID_PARAMETER_VALUE' })
    }
    assert.equal(log.streams.count, 0)
  })

  test('ends when its caller is no longer welcome, before anything that happened after', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    let isWelcome = true
    const listener = await log.listen(here, {
      callerNow: async () => (isWelcome ? here : undefined),
    })
    await log.tell(here, run('a'))
    await listener.until((it) => it.subjects.length > 0)
    isWelcome = false
    await db.inTx(async (tx) => {
      await log.emit(tx, elsewhere, { type: 'token.revoked', subject: 'tokens/1' })
      await log.emit(tx, here, run('secret'))
    })
    await log.settle()
    await listener.until((it) => it.ended !== undefined)
    assert.equal(listener.ended, 'refused')
    assert.deepEqual(listener.subjects, ['runs/a'])
    assert.equal(log.streams.count, 0)
  })

  test('after a change of rights it goes on with the new ones, from where it stood', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    let now = reader(1)
    const listener = await log.listen(now, { callerNow: async () => now })
    now = reader(2)
    await db.inTx(async (tx) => {
      await log.emit(tx, here, { type: 'grant.given', subject: 'users/bob' })
      await log.emit(tx, here, run('no longer', 1))
      await log.emit(tx, here, run('from now on', 2))
    })
    await log.settle()
    await listener.until((it) => it.subjects.length > 0)
    assert.deepEqual(listener.subjects, ['runs/from now on'])
  })

  test('learns what other servers have changed of rights before it asks for its caller', async () => {
    await using db = await open()
    const order: string[] = []
    await using log = await openStreams(db, {
      refresh: async () => {
        order.push('refresh')
      },
    })
    const callerNow = async () => {
      order.push('caller')
      return here
    }
    const listeners = [await log.listen(here, { callerNow }), await log.listen(here, { callerNow })]
    await log.tell(here, { type: 'token.revoked', subject: 'tokens/1' }, run('a'))
    await Promise.all(listeners.map((listener) => listener.until((it) => it.subjects.includes('runs/a'))))
    assert.deepEqual(order, ['refresh', 'caller', 'caller'])
  })

  test('who may read some experiments only hears of the one that they have just made', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    let now = reader(1)
    const listener = await log.listen(now, { callerNow: async () => now })
    now = reader(1, 7)
    await db.inTx(async (tx) => {
      await log.emit(tx, here, { type: 'experiment.created', subject: 'experiments/7', on: 7 })
      await log.emit(tx, here, run('mine', 7))
    })
    await log.settle()
    await listener.until((it) => it.subjects.length === 2)
    assert.deepEqual(listener.subjects, ['experiments/7', 'runs/mine'])
  })

  test('asks for its caller every half minute', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    let asked = 0
    let isWelcome = true
    const callerNow = async () => {
      asked += 1
      return isWelcome ? here : undefined
    }
    const listener = await log.listen(here, { callerNow })
    log.streams.recheck()
    assert.equal(asked, 0)
    log.later(STREAM_LIMITS.recheckMs)
    log.streams.recheck()
    assert.equal(asked, 1)
    isWelcome = false
    log.later(STREAM_LIMITS.recheckMs)
    log.streams.recheck()
    await listener.until((it) => it.ended !== undefined)
    assert.equal(listener.ended, 'refused')
  })

  test('a client that takes nothing is cut off, and costs the others nothing', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const [slow, quick] = [await log.listen(here), await log.listen(here)]
    slow.waitingBytes = STREAM_LIMITS.waitingBytes + 1
    await log.tell(here, run('a'))
    await log.tell(here, run('b'))
    await quick.until((it) => it.subjects.length === 2)
    assert.equal(slow.ended, 'slow')
    assert.deepEqual(slow.subjects, ['runs/a'])
    assert.equal(log.streams.count, 1)
  })

  test('says where it is when it has said nothing else for a while', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const quiet = await log.listen(here, { wishes: { filters: [] } })
    const busy = await log.listen(here)
    await log.tell(here, run('a'), run('b'))
    await busy.until((it) => it.subjects.length === 2)
    log.streams.beat()
    log.streams.beat()
    assert.deepEqual(
      quiet.frames.map(({ kind, position }) => [kind, position]),
      [
        ['hello', 0],
        ['position', 2],
      ],
    )
    assert.deepEqual(busy.kinds, ['hello', 'event', 'event', 'position'])
  })

  test('what the log no longer has is told as gone', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    await log.tell(here, ...Array.from({ length: 5 }, (_, at) => run(String(at))))
    await db.inTx(async (tx) => {
      const heads = tx.tables<EventsTables>().updateTable('event_heads')
      await heads.set({ floor_position: 3 }).where('workspace_key', '=', 1).execute()
    })
    const tooOld = await log.listen(here, { after: 2 })
    const justOld = await log.listen(here, { after: 3 })
    const tooNew = await log.listen(here, { after: 6 })
    await justOld.until((it) => it.subjects.length === 2)
    assert.deepEqual(justOld.subjects, ['runs/3', 'runs/4'])
    for (const listener of [tooOld, tooNew]) {
      assert.deepEqual(
        listener.frames.map(({ kind, position }) => [kind, position]),
        [
          ['hello', 5],
          ['gone', 5],
        ],
      )
    }
  })

  test('an account has so many streams and no more, until one of them ends', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const listeners = []
    for (let i = 0; i < STREAM_LIMITS.perAccount; i++) listeners.push(await log.listen(here))
    await assert.rejects(log.listen(here), { code: 'REQUEST_LIMIT_EXCEEDED' })
    await log.listen(reader(1))
    listeners[0]!.leave()
    await log.listen(here)
  })

  test('where there are no accounts, only the server counts its streams', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const owner = someone(1, { principal: { kind: 'user', name: 'local' } })
    for (let i = 0; i <= STREAM_LIMITS.perAccount; i++) await log.listen(owner)
    assert.equal(log.streams.count, STREAM_LIMITS.perAccount + 1)
  })

  test('a server that stops ends its streams and opens none', async () => {
    await using db = await open()
    await using log = await openStreams(db)
    const listener = await log.listen(here)
    log.streams.stop()
    assert.equal(listener.ended, 'stopped')
    await assert.rejects(log.listen(here), { code: 'TEMPORARILY_UNAVAILABLE' })
  })
})
