import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type Event, eventsMigrations, trimLog } from '../../events/index.ts'
import { someone } from '../../events/testing/open-log.ts'
import { governanceMigrations } from '../index.ts'
import type { Retained } from '../retention.ts'
import { because, openGovernance } from '../testing/open-governance.ts'
import { makeRetention } from './make-retention.ts'

const MODULES = [eventsMigrations, governanceMigrations]
const DAY = 86_400_000
const START = 1_700_000_000_000
const owner = because('We keep no more than we need.')
const elsewhere = someone(2)

type Bed = Awaited<ReturnType<typeof openGovernance>>

const run = (n: number, on = 7): Event => ({ type: 'run.created', subject: `runs/${n}`, on })

/** Runs 1 to `count`, each deleted a day after the other. */
async function withRuns(db: Database, count: number): Promise<Bed> {
  const bed = await openGovernance(db)
  for (let key = 1; key <= count; key++) {
    const subject = `runs/${key}`
    bed.things.push({
      key,
      subject,
      held: [subject, 'experiments/12'],
      bytes: 10,
      deletedAt: START + key * DAY,
    })
  }
  return bed
}

async function runAll({ retention, work, failures }: Bed, what?: Retained): Promise<void> {
  assert.equal(await retention.run(owner, { what }), true)
  await work.idle()
  assert.deepEqual(failures, [])
}

/** What is left in the log, oldest first. */
async function typesOf(bed: Bed, caller = owner): Promise<string[]> {
  await bed.settle()
  const { events } = await bed.audit.search(caller, { limit: 1_000 })
  return events.map(({ type }) => type).reverse()
}

async function ofWorkspace(bed: Bed, key: number) {
  await bed.settle()
  return (await bed.audit.search(someone(key), { limit: 1_000 })).events
}

eachEngine('retention', MODULES, (open) => {
  test('without a rule nothing is removed, and a rule is of one workspace', async () => {
    await using db = await open()
    await using bed = await withRuns(db, 3)
    bed.later(100 * DAY)
    await runAll(bed)
    assert.equal(bed.things.length, 3)
    await bed.retention.set(elsewhere, { what: 'deleted-runs', afterDays: 1 })
    await runAll(bed)
    assert.equal(bed.things.length, 3)
    assert.deepEqual(await bed.retention.list(owner), [])
  })

  test('a dry run counts what the run then removes, and removes nothing itself', async () => {
    await using db = await open()
    await using bed = await withRuns(db, 250)
    await bed.retention.set(owner, { what: 'deleted-runs', afterDays: 30 })
    await bed.holds.place(owner, { subject: 'runs/5', title: 'Case 5' })
    await bed.holds.place(owner, { subject: 'runs/7/artifacts/model', title: 'Case 7' })
    bed.later(241 * DAY)
    const [counted] = await bed.retention.dryRun(owner, {})
    assert.deepEqual(
      [counted!.things, counted!.bytes, counted!.held, counted!.examples.length],
      [208, 2080, 2, 20],
    )
    assert.equal(bed.things.length, 250)
    await runAll(bed)
    assert.equal(bed.removed.length, 208)
    assert.deepEqual(
      bed.things.map(({ key }) => key),
      [5, 7, ...Array.from({ length: 40 }, (_, at) => 211 + at)],
    )
    const told = (await bed.events()).at(-1)!
    assert.deepEqual(
      [told.type, told.actor, told.after],
      ['retention.ran', 'system:server', { removed: 208, bytes: 2080, held: 2 }],
    )
    assert.match(told.reason!, /Started by user:alice: We keep no more/)
    assert.match(bed.removed[0]!.reason!, /Started by user:alice/)
    const [again] = await bed.retention.dryRun(owner, {})
    assert.deepEqual([again!.things, again!.held], [0, 2])
  })

  test('other days can be tried before a rule is set', async () => {
    await using db = await open()
    await using bed = await withRuns(db, 10)
    bed.later(11 * DAY)
    const count = async (afterDays: number) =>
      (await bed.retention.dryRun(owner, { what: 'deleted-runs', afterDays }))[0]!.things
    assert.deepEqual([await count(1), await count(5), await count(11)], [9, 5, 0])
    await assert.rejects(bed.retention.dryRun(owner, { what: 'deleted-runs' }), {
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
    await assert.rejects(bed.retention.dryRun(owner, { afterDays: 1 }), { code: 'INVALID_PARAMETER_VALUE' })
  })

  test('a hold on the workspace, on an experiment and on a run in an experiment keeps what is in it', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const old = { bytes: 1, deletedAt: START }
    bed.things.push(
      { ...old, key: 1, subject: 'experiments/12', held: ['experiments/12'] },
      { ...old, key: 2, subject: 'experiments/13', held: ['experiments/13'] },
    )
    bed.inside.set('runs/a', 'experiments/13')
    bed.later(10 * DAY)
    const held = async (subject: string) => {
      const { id } = await bed.holds.place(owner, { subject, title: 'Case' })
      const [counted] = await bed.retention.dryRun(owner, { what: 'deleted-experiments', afterDays: 1 })
      await bed.holds.lift(owner, { id })
      return counted!.held
    }
    assert.deepEqual(
      [await held(''), await held('experiments/12'), await held('runs/a'), await held('runs/b')],
      [2, 1, 1, 0],
    )
  })

  test('what was restored or put under hold meanwhile is passed by; a fault of ours is told and stops the rule', async () => {
    await using db = await open()
    await using bed = await withRuns(db, 3)
    await bed.retention.set(owner, { what: 'deleted-runs', afterDays: 1 })
    bed.later(100 * DAY)
    const { remove } = bed.deps.expired
    const { Problem } = await import('@orrery/base/kernel')
    bed.deps.expired.remove = async (...args) => {
      if (args[2].key === 2) throw new Problem('INVALID_STATE', 'It is active again.')
      return remove(...args)
    }
    await runAll(bed)
    assert.deepEqual(
      bed.removed.map(({ subject }) => subject),
      ['runs/1', 'runs/3'],
    )
    bed.deps.expired.remove = async () => {
      throw new Error('the disk is away')
    }
    await bed.retention.run(owner, {})
    await bed.work.idle()
    assert.equal(bed.failures.length, 1)
  })

  test('the nightly round runs each rule once a day, by whichever server', async () => {
    await using db = await open()
    await using bed = await withRuns(db, 40)
    await bed.retention.set(owner, { what: 'deleted-runs', afterDays: 1 })
    bed.later(10 * DAY)
    await Promise.all([bed.work.runDue(), bed.work.runDue()])
    assert.equal(bed.removed.length, 8)
    bed.later(DAY / 2)
    await bed.work.runDue()
    assert.equal(bed.removed.length, 8)
    bed.later(DAY / 2)
    await bed.work.runDue()
    assert.equal(bed.removed.length, 9)
    assert.match(bed.removed[0]!.reason!, /The rule of retention: deleted runs after 1 day\./)
    const [rule] = await bed.retention.list(owner)
    assert.equal(rule!.lastRunAt, START + 11 * DAY)
  })

  test('the log loses its old beginning, keeps its chain, and says so', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    for (let n = 0; n < 700; n++) await db.inTx((tx) => bed.emit(tx, owner, run(n)))
    await bed.tell(elsewhere, run(1))
    bed.later(40 * DAY)
    await bed.tell(owner, run(1_000))
    await bed.retention.set(owner, { what: 'audit', afterDays: 30 })
    const [counted] = await bed.retention.dryRun(owner, {})
    assert.deepEqual([counted!.things, counted!.held], [700, 0])
    await bed.settle()
    await runAll(bed)
    assert.deepEqual(await typesOf(bed), [
      'run.created',
      'retention-rule.changed',
      'audit.trimmed',
      'retention.ran',
    ])
    assert.deepEqual(await typesOf(bed, elsewhere), ['run.created'])
    const { head, floor } = await bed.audit.head(owner)
    assert.deepEqual([head.number, floor.number, floor.raisedAt], [704, 700, START + 40 * DAY])
    const trimmed = (await bed.events()).find(({ type }) => type === 'audit.trimmed')!
    assert.deepEqual(trimmed.after, { removed: 700, number: 700, hash: floor.hash })
    const { faults, verified } = await bed.audit.verify(owner, {})
    assert.deepEqual([faults, verified], [[], 4])
  })

  test('cutting the log is in the log before anything goes, and when it is broken off', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    for (let n = 0; n < 400; n++) await db.inTx((tx) => bed.emit(tx, owner, run(n)))
    bed.later(40 * DAY)
    await bed.retention.set(owner, { what: 'audit', afterDays: 30 })
    await bed.settle()
    const before: string[][] = []
    const { work, verbs } = makeRetention({
      ...bed.deps,
      trim: {
        ...trimLog,
        async raiseFloor(tx, prefix, at) {
          const { events } = await bed.deps.queries.search(tx, {
            ...{ workspaceKey: 1, durable: bed.log.durable, types: ['audit.trimmed'], limit: 1 },
          })
          before.push(events.map(({ type }) => type))
          if (before.length === 2) throw new Error('the power went')
          return trimLog.raiseFloor(tx, prefix, at)
        },
      },
      onFailure: (_what, error) => assert.match(String(error), /the power went/),
    })
    await verbs.run(owner, {})
    await work.idle()
    assert.deepEqual(before, [['audit.trimmed'], ['audit.trimmed']])
    const broken = await bed.audit.verify(owner, {})
    assert.deepEqual([broken.faults, broken.floor.number], [[], 150])
    await runAll(bed)
    const whole = await bed.audit.verify(owner, {})
    assert.deepEqual([whole.faults, whole.floor.number], [[], 400])
  })

  test('the log of a deleted workspace goes as a whole by its own rule, and once', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const left = async (key: number) => (await ofWorkspace(bed, key)).map(({ type }) => type)
    // 3 has been deleted; its rule has stayed.
    await bed.retention.set(someone(3), { what: 'audit', afterDays: 30 })
    for (let n = 0; n < 400; n++) await db.inTx((tx) => bed.emit(tx, someone(3), run(n)))
    await bed.tell(someone(4), run(1), run(2))
    bed.later(20 * DAY)
    await bed.tell(someone(3), run(401))
    bed.later(20 * DAY)
    await bed.work.runDue()
    assert.equal((await left(3)).length, 402)
    bed.later(11 * DAY)
    await bed.work.runDue()
    assert.deepEqual(await left(3), ['audit.trimmed'])
    const [told] = await ofWorkspace(bed, 3)
    assert.equal(told!.reason, 'The workspace is deleted, and nothing has happened in it for 30 days.')
    bed.later(400 * DAY)
    await bed.work.runDue()
    assert.deepEqual([await left(3), await left(4)], [['audit.trimmed'], ['run.created', 'run.created']])
    const { faults, verified } = await bed.audit.verify(someone(3), {})
    assert.deepEqual([faults, verified], [[], 1])
    assert.deepEqual(bed.failures, [])
  })

  test('a deleted workspace without a rule of its own has that of the server', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    await bed.tell(someone(3), run(1), run(2))
    await bed.tell(owner, run(1), run(2))
    const { work } = makeRetention({ ...bed.deps, deletedLogDays: 7 })
    bed.later(6 * DAY)
    await work.runDue()
    assert.equal((await ofWorkspace(bed, 3)).length, 2)
    bed.later(2 * DAY)
    await work.runDue()
    assert.deepEqual(
      (await ofWorkspace(bed, 3)).map(({ type }) => type),
      ['audit.trimmed'],
    )
    assert.equal((await ofWorkspace(bed, 1)).length, 2)
  })

  test('the log keeps everything from the first event that a hold is about', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    await bed.tell(owner, run(1, 3), run(2, 12), run(3, 3), {
      type: 'model.tag-set',
      subject: 'models/m',
      on: 4,
    })
    bed.later(40 * DAY)
    await bed.tell(owner, run(9, 3))
    const through = async (subject: string) => {
      const { id } = await bed.holds.place(owner, { subject, title: 'Case' })
      await bed.settle()
      const [counted] = await bed.retention.dryRun(owner, { what: 'audit', afterDays: 30 })
      await bed.holds.lift(owner, { id })
      return [counted!.things, counted!.held]
    }
    assert.deepEqual(await through('runs/nothing-yet'), [4, 0])
    assert.deepEqual(await through('runs/3'), [2, 2])
    assert.deepEqual(await through('experiments/12'), [1, 3])
    assert.deepEqual(await through('models/m'), [3, 1])
    assert.deepEqual(await through(''), [0, 4])
  })

  test('bad rules are refused, and setting one to what it is tells nothing', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const { retention } = bed
    for (const afterDays of [0, -1, 1.5, 36_501, Number.NaN]) {
      await assert.rejects(retention.set(owner, { what: 'audit', afterDays }), {
        code: 'INVALID_PARAMETER_VALUE',
      })
    }
    const what = 'everything' as Retained
    await assert.rejects(retention.set(owner, { what, afterDays: 1 }), { code: 'INVALID_PARAMETER_VALUE' })
    await assert.rejects(retention.lift(owner, { what: 'audit' }), { code: 'RESOURCE_DOES_NOT_EXIST' })
    await assert.rejects(retention.run(owner, { what: 'audit' }), { code: 'RESOURCE_DOES_NOT_EXIST' })
    const nobody = someone(1, { may: () => false })
    await assert.rejects(retention.set(nobody, { what: 'audit', afterDays: 1 }), {
      code: 'PERMISSION_DENIED',
    })
    await retention.set(owner, { what: 'audit', afterDays: 30 })
    await retention.set(owner, { what: 'audit', afterDays: 30 })
    await retention.set(owner, { what: 'audit', afterDays: 60 })
    await retention.lift(owner, { what: 'audit' })
    assert.deepEqual(
      (await bed.events()).map(({ before, after }) => [before?.afterDays, after?.afterDays]),
      [
        [null, 30],
        [30, 60],
        [60, null],
      ],
    )
  })
})
