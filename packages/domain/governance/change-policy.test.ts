import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../events/index.ts'
import { someone } from '../events/testing/open-log.ts'
import { governanceMigrations } from './index.ts'
import { because, openGovernance } from './testing/open-governance.ts'

const MODULES = [eventsMigrations, governanceMigrations]
const silent = someone(1)
const inMlflow = someone(1, { speaks: 'mlflow' })
const elsewhere = someone(2)
const model = { modelKey: 1, name: 'fraud' }
const placed = { version: 3, stage: 'Production', aliases: ['champion'] }
const HELD_MODEL = { held: ['models/fraud/versions/3', 'models/fraud'] }

const CHANGES: Readonly<Record<string, Change>> = {
  stage: { ...model, kind: 'stage', version: 3, from: 'None', to: 'Production', archived: [] },
  alias: { ...model, kind: 'alias', alias: 'champion', from: 1, to: 3 },
  'alias removed': { ...model, kind: 'alias', alias: 'champion', from: 1, to: null },
  'import of stages': { ...model, kind: 'import', placed: [{ ...placed, aliases: [] }] },
  'import of aliases': { ...model, kind: 'import', placed: [{ ...placed, stage: 'None' }] },
  'delete-version': { ...model, ...HELD_MODEL, kind: 'delete-version', placed },
  'delete-model': { ...model, held: ['models/fraud'], kind: 'delete-model', placed: [placed] },
  delete: { kind: 'delete', subject: 'runs/a' },
  remove: { kind: 'remove', subject: 'runs/a', held: ['runs/a', 'experiments/12'] },
  'remove experiment': { kind: 'remove', subject: 'experiments/12', held: ['experiments/12'] },
  restore: { kind: 'restore', subject: 'runs/a' },
  rename: { ...model, held: ['models/fraud'], kind: 'rename-model', newName: 'x', placed: [placed] },
  move: { kind: 'move', subject: 'runs/a', held: ['runs/a', 'experiments/12'] },
  replace: {
    kind: 'replace',
    subject: 'runs/a/artifacts/x',
    held: ['runs/a/artifacts/x', 'runs/a', 'experiments/12'],
  },
}

type Bed = Awaited<ReturnType<typeof openGovernance>>

/** Names of the changes that are refused. */
async function refused({ db, policy }: Bed, caller = silent, code = 'INVALID_PARAMETER_VALUE') {
  const names: string[] = []
  for (const [name, change] of Object.entries(CHANGES)) {
    try {
      await db.inTx((tx) => policy.ask(tx, caller, change))
    } catch (error) {
      assert.equal((error as { code: string }).code, code, name)
      names.push(name)
    }
  }
  return names
}

eachEngine('what policies and holds say of a change', MODULES, (open) => {
  test('nothing is demanded until somebody says so, and then of that workspace and change only', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const { reasons } = bed
    assert.deepEqual(await refused(bed), [])
    const rows = {
      stage: ['stage', 'import of stages'],
      alias: ['alias', 'alias removed', 'import of aliases'],
      deletion: ['delete-version', 'delete-model', 'delete', 'remove', 'remove experiment'],
      traffic: [],
    } as const
    for (const [change, expected] of Object.entries(rows)) {
      await reasons.set(silent, { change: change as keyof typeof rows, demand: 'always' })
      assert.deepEqual(await refused(bed), expected, change)
      assert.deepEqual(await refused(bed, inMlflow), expected, change)
      assert.deepEqual(await refused(bed, because('It is time.')), [], change)
      assert.deepEqual(await refused(bed, elsewhere), [], change)
      await reasons.set(silent, { change: change as keyof typeof rows, demand: 'where-possible' })
      assert.deepEqual(await refused(bed), expected, change)
      assert.deepEqual(await refused(bed, inMlflow), [], change)
      await reasons.set(silent, { change: change as keyof typeof rows, demand: 'none' })
      assert.deepEqual(await refused(bed), [], change)
    }
  })

  test('the server itself needs no reason', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    await bed.reasons.set(silent, { change: 'deletion', demand: 'always' })
    assert.deepEqual(await refused(bed, someone(1, { principal: { kind: 'system', name: 'server' } })), [])
  })

  test('each sentence says what needs the reason, and how whoever asks can give it', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    await bed.reasons.set(silent, { change: 'stage', demand: 'always' })
    const ask = (caller = silent) => bed.db.inTx((tx) => bed.policy.ask(tx, caller, CHANGES.stage!))
    await assert.rejects(ask(), {
      message:
        "Moving version 3 of model 'fraud' to stage Production needs a reason in the workspace 'default'.",
      hint: "Give it in the header X-Orrery-Reason, or as 'reason' where the call takes that.",
    })
    await assert.rejects(ask(inMlflow), { hint: /X-Orrery-Reason; docs\/audit\.md/ })
  })

  test('a change of a policy is told once, and setting it to what it is tells nothing', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const set = (demand: 'always' | 'none') => bed.reasons.set(silent, { change: 'alias', demand })
    await set('none')
    await set('always')
    await set('always')
    const events = await bed.events()
    assert.deepEqual(
      events.map(({ type, subject, before, after }) => ({ type, subject, before, after })),
      [
        {
          type: 'reason-policy.changed',
          subject: 'policies/reasons/alias',
          before: { demand: 'none' },
          after: { demand: 'always' },
        },
      ],
    )
    assert.deepEqual(await bed.reasons.list(silent), [
      { change: 'stage', demand: 'none' },
      { change: 'alias', demand: 'always' },
      { change: 'deletion', demand: 'none' },
      { change: 'traffic', demand: 'none' },
    ])
    const nobody = someone(1, { may: () => false })
    await assert.rejects(bed.reasons.set(nobody, { change: 'alias', demand: 'none' }), {
      code: 'PERMISSION_DENIED',
    })
  })

  test('a hold keeps what it names, what is below it and what holds it, until it is lifted', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    bed.inside.set('runs/a', 'experiments/12')
    const inModel = ['delete-version', 'delete-model', 'rename']
    const inExperiment = ['remove', 'remove experiment', 'move', 'replace']
    const rows: Readonly<Record<string, readonly string[]>> = {
      'models/fraud': inModel,
      'models/fraud/versions/3': inModel,
      'models/fraud/versions/4': ['delete-model', 'rename'],
      'models/fraudulent': [],
      'experiments/12': inExperiment,
      'experiments/1': [],
      'runs/a': ['remove', 'remove experiment', 'replace'],
      'runs/a/artifacts/x': ['remove', 'remove experiment', 'replace'],
      'runs/a/artifacts/y': ['remove', 'remove experiment'],
      'runs/b': [],
      '': ['delete-version', 'delete-model', 'remove', 'remove experiment', 'replace'],
    }
    for (const [subject, expected] of Object.entries(rows)) {
      const { id } = await bed.holds.place(because('Case 12.'), { subject, title: 'Case 12' })
      assert.deepEqual(await refused(bed, silent, 'INVALID_STATE'), expected, subject)
      assert.deepEqual(await refused(bed, elsewhere), [], subject)
      await bed.holds.lift(because('Closed.'), { id })
      assert.deepEqual(await refused(bed), [], subject)
    }
  })

  test('a hold on a version keeps what it was made from: its files lie there', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    bed.inside.set('runs/a', 'experiments/12')
    bed.madeFrom.set('models/m/versions/2', 'runs/a')
    const rows = {
      'models/m': true,
      'models/m/versions/2': true,
      'models/m/versions/1': false,
      'models/x': false,
    }
    for (const [subject, isHeld] of Object.entries(rows)) {
      const { id } = await bed.holds.place(because('Case 12.'), { subject, title: 'Case 12' })
      const expected = isHeld ? ['remove', 'remove experiment', 'replace'] : []
      assert.deepEqual(await refused(bed, silent, 'INVALID_STATE'), expected, subject)
      await bed.holds.lift(because('Closed.'), { id })
    }
  })

  test('who would replace what is held hears why, and what to do', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    bed.madeFrom.set('models/m/versions/2', 'runs/a')
    const rows = {
      'runs/a':
        /^'runs\/a\/artifacts\/x' is under legal hold: it cannot be replaced\. Give the new file another name/,
      'models/m':
        /^'runs\/a\/artifacts\/x' is of what 'models\/m' was made from, which is under legal hold: it cannot be replaced/,
    }
    for (const [subject, message] of Object.entries(rows)) {
      const { id } = await bed.holds.place(because('Case 12.'), { subject, title: 'Case 12' })
      const asked = bed.db.inTx((tx) => bed.policy.ask(tx, silent, CHANGES.replace!))
      await assert.rejects(asked, { code: 'INVALID_STATE', message, hint: new RegExp(id) })
      await bed.holds.lift(because('Closed.'), { id })
    }
  })

  test('placing and lifting are told with who, what and why, and need a reason', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const { holds } = bed
    const input = { subject: 'models/fraud', title: 'Case 12' }
    await assert.rejects(holds.place(silent, input), { code: 'INVALID_PARAMETER_VALUE', message: /reason/ })
    const hold = await holds.place(because('The court asked.'), input)
    assert.deepEqual([hold.placedBy, hold.reason, hold.liftedAt], ['user:alice', 'The court asked.', null])
    await assert.rejects(holds.lift(silent, hold), { code: 'INVALID_PARAMETER_VALUE', message: /reason/ })
    await assert.rejects(holds.lift(because('x y z', { workspace: elsewhere.workspace }), hold), {
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
    await holds.lift(because('It is over.'), hold)
    await assert.rejects(holds.lift(because('It is over.'), hold), { code: 'INVALID_STATE' })
    assert.deepEqual(
      (await bed.events()).map(({ type, reason, also }) => [type, reason, also]),
      [
        ['legal-hold.placed', 'The court asked.', ['models/fraud']],
        ['legal-hold.lifted', 'It is over.', ['models/fraud']],
      ],
    )
    assert.deepEqual(await holds.list(silent, { lifted: false }), [])
    const [listed] = await holds.list(silent, { lifted: true })
    assert.deepEqual([listed!.id, listed!.liftedBy], [hold.id, 'user:alice'])
    assert.deepEqual(await holds.list(elsewhere, { lifted: true }), [])
  })

  test('a hold on nothing, without a title or by nobody in charge is refused', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    const place = (input: { subject: string; title: string }, more = {}) =>
      bed.holds.place(because('Case 12.', more), input)
    await assert.rejects(place({ subject: 'runs/a-gone', title: 'x' }), { code: 'RESOURCE_DOES_NOT_EXIST' })
    for (const title of ['', 'x'.repeat(201), 'a\nb']) {
      await assert.rejects(place({ subject: 'runs/a', title }), { code: 'INVALID_PARAMETER_VALUE' })
    }
    await assert.rejects(place({ subject: 'runs/a', title: 'x' }, { may: () => false }), {
      code: 'PERMISSION_DENIED',
    })
  })
})
