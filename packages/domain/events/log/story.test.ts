import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { Event } from '../event.ts'
import { eventsMigrations } from '../index.ts'
import type { StoryQuery } from '../log.ts'
import { type OpenLog, openLog, someone } from '../testing/open-log.ts'
import { readStory } from './story.ts'

const alice = someone(1)
const elsewhere = someone(2)

type Given = Omit<Partial<Event>, 'type' | 'subject'>
const of = (type: Event['type'], subject: string, given: Given = {}): Event => ({
  type,
  subject,
  on: 3,
  ...given,
})
const renamed = (from: string, to: string, on = 3): Event =>
  of('model.renamed', `models/${to}`, {
    on,
    also: [`models/${from}`],
    before: { name: from },
    after: { name: to },
  })

async function story({ db, log }: OpenLog, subject: string, more: Partial<StoryQuery> = {}) {
  const query = { workspaceKey: 1, durable: log.durable, subject, limit: 100, ...more }
  const { events, next } = await db.scan((reads) => readStory(reads, query))
  return { told: events.map(({ event, life }) => [event.position, life]), next }
}

const told = async (log: OpenLog, subject: string, more?: Partial<StoryQuery>) =>
  (await story(log, subject, more)).told

eachEngine('the story of a thing', [eventsMigrations], (open) => {
  test('has its own events, those below it, those that mention it, and of its model what ends it', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const version = 'models/fraud/versions/1'
    await log.tell(
      alice,
      of('model.registered', 'models/fraud'),
      of('run.created', 'runs/a', { on: 7 }),
      of('version.created', version, { also: ['runs/a'] }),
      of('version.created', 'models/fraud/versions/10'),
      of('alias.set', 'models/fraud', { also: [version] }),
      of('model.tag-set', 'models/fraud'),
      of('artifact.written', `${version}/artifacts/MLmodel`),
      of('model.deleted', 'models/fraud'),
    )
    await log.tell(elsewhere, of('version.created', version))
    assert.deepEqual(
      await told(log, version),
      [1, 3, 5, 7, 8].map((position) => [position, 1]),
    )
    assert.deepEqual(
      await told(log, 'models/fraud'),
      [1, 3, 4, 5, 6, 7, 8].map((position) => [position, 1]),
    )
    assert.deepEqual(
      await told(log, 'runs/a'),
      [2, 3].map((position) => [position, 1]),
    )
    assert.deepEqual(await told(log, 'models/frau'), [])
    assert.deepEqual(await told(log, version, { workspaceKey: 2 }), [[9, 1]])
  })

  test('what was made anew after a deletion is another life', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const version = 'models/fraud/versions/1'
    await log.tell(
      alice,
      of('model.registered', 'models/fraud', { on: 3 }),
      of('version.created', version, { on: 3 }),
      of('model.deleted', 'models/fraud', { on: 3 }),
      of('model.registered', 'models/fraud', { on: 4 }),
      of('version.created', version, { on: 4 }),
      of('version.deleted', version, { on: 4 }),
      of('version.created', version, { on: 4 }),
    )
    const lives = [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [6, 2],
      [7, 3],
    ]
    assert.deepEqual(await told(log, version), lives)
    assert.deepEqual(await told(log, 'models/fraud'), [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [6, 2],
      [7, 2],
    ])
    const first = await story(log, version, { limit: 4 })
    assert.deepEqual([first.told, first.next], [lives.slice(0, 4), 4])
    const rest = await story(log, version, { limit: 4, after: first.next })
    assert.deepEqual([rest.told, rest.next], [lives.slice(4), undefined])
  })

  test('renamings are followed back, and no further than the name was its own', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(
      alice,
      of('model.registered', 'models/a'),
      of('version.created', 'models/a/versions/1'),
      renamed('a', 'b'),
      of('stage.changed', 'models/b/versions/1'),
      of('model.registered', 'models/a', { on: 9 }),
      of('version.created', 'models/a/versions/1', { on: 9 }),
      renamed('b', 'c'),
      of('version.deleted', 'models/c/versions/1'),
    )
    assert.deepEqual(
      await told(log, 'models/c/versions/1'),
      [1, 2, 3, 4, 7, 8].map((position) => [position, 1]),
    )
    assert.deepEqual(
      (await told(log, 'models/c')).map(([position]) => position),
      [1, 2, 3, 4, 7, 8],
    )
    assert.deepEqual(
      (await told(log, 'models/a/versions/1')).filter(([, life]) => life === 2),
      [
        [5, 2],
        [6, 2],
      ],
    )
  })

  test('two names that change places do not go round in circles', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(alice, of('model.registered', 'models/a'))
    for (let n = 0; n < 3; n++) await log.tell(alice, renamed('a', 'b'), renamed('b', 'a'))
    assert.deepEqual(
      (await told(log, 'models/a')).map(([position]) => position),
      [1, 2, 3, 4, 5, 6, 7],
    )
  })

  test('one sees of it what one may see', async () => {
    await using db = await open()
    await using log = await openLog(db)
    const version = 'models/fraud/versions/1'
    await log.tell(
      alice,
      of('version.created', version, { on: 3 }),
      of('run.created', 'runs/a', { on: 7, also: [version] }),
      { type: 'reason-policy.changed', subject: 'policies/reasons/stage', also: [version] },
      { type: 'legal-hold.placed', subject: 'legal-holds/1', also: [version] },
      { type: 'token.created', subject: 'tokens/1', also: [version] },
    )
    const reader = (keys: number[]): Caller =>
      someone(1, {
        may: (permission) => permission === 'workspace.read',
        readable: () => ({ kind: 'only', keys }),
      })
    const seen = async (readableTo: Caller) =>
      (await told(log, version, { readableTo })).map(([position]) => position)
    assert.deepEqual(await seen(reader([3])), [1, 3])
    assert.deepEqual(await seen(reader([7])), [2, 3])
    assert.deepEqual(await seen(reader([])), [3])
    assert.deepEqual(await seen(alice), [1, 2, 3, 4, 5])
  })
})
