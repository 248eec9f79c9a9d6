import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations, makeEmit } from '../../events/index.ts'
import { checkedEmit } from '../../events/testing/checked-emit.ts'
import { trackingMigrations } from '../index.ts'
import { bytes, openMetered } from '../testing/open-metered.ts'
import { findHeldThing, inExperiment } from './held-things.ts'
import { makeExpired } from './make-expired.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const NEVER = Number.MAX_SAFE_INTEGER

async function openExpired(db: Database) {
  const bed = await openMetered(db)
  let id = 0
  const ids = { hex32: () => `event-${++id}`, uuid: () => `event-${++id}`, digits: () => `${++id}` }
  const clock = () => 1_700_000_000_000
  const expired = makeExpired({
    ...{ db, clock, ids: ids as never, meter: bed.meter },
    emit: checkedEmit(makeEmit({ clock, ids: ids as never })),
    wakeRemovals: () => {},
    ownership: { created: async () => {}, removed: async () => {}, runCreated: async () => {} },
    removeFiles: bed.artifacts.deleteArtifactsOf,
  })
  type What = Parameters<typeof expired.list>[2]
  const list = (caller: Caller, what: What, before = NEVER, after = 0, limit = 100) =>
    db.scan((reads) => expired.list(reads, caller.workspace.key, what, before, after, limit))
  const subjects = async (caller: Caller, what: What, before = NEVER) =>
    (await list(caller, what, before)).map(({ subject }) => subject)
  return { ...bed, expired, list, subjects }
}

eachEngine('soft-deleted things whose time is over', MODULES, (open) => {
  test('are runs deleted by themselves before a time, with their bytes and what a hold may name', async () => {
    await using db = await open()
    await using bed = await openExpired(db)
    const { here, elsewhere, runs, artifacts } = bed
    const [a, b, kept] = [await bed.newRun(here), await bed.newRun(here), await bed.newRun(here)]
    await artifacts.writeArtifact(here, `${a.path}/model/x`, bytes('12345'))
    const { runId: other } = await bed.newRun(elsewhere)
    await runs.delete(elsewhere, { runId: other })
    await runs.delete(here, { runId: a.runId })
    bed.later(1_000)
    await runs.delete(here, { runId: b.runId })
    await runs.delete(here, { runId: kept.runId })
    await runs.restore(here, { runId: kept.runId })
    const all = await bed.list(here, 'deleted-runs')
    assert.deepEqual(
      all.map(({ subject, held, bytes: size }) => ({ subject, held, size })),
      [
        { subject: `runs/${a.runId}`, held: [`runs/${a.runId}`, 'experiments/0'], size: 5 },
        { subject: `runs/${b.runId}`, held: [`runs/${b.runId}`, 'experiments/0'], size: 0 },
      ],
    )
    assert.deepEqual(await bed.subjects(here, 'deleted-runs', 1_700_000_001_000), [`runs/${a.runId}`])
    assert.deepEqual(await bed.subjects(elsewhere, 'deleted-runs'), [`runs/${other}`])
    const [page] = await bed.list(here, 'deleted-runs', NEVER, all[0]!.key, 1)
    assert.equal(page!.subject, `runs/${b.runId}`)
    await bed.expired.remove(here, 'deleted-runs', all[0]!)
    assert.deepEqual(await bed.subjects(here, 'deleted-runs'), [`runs/${b.runId}`])
    await runs.restore(here, { runId: b.runId })
    await assert.rejects(bed.expired.remove(here, 'deleted-runs', all[1]!), { code: 'INVALID_STATE' })
  })

  test('are experiments with all that is in them, and never the Default one', async () => {
    await using db = await open()
    await using bed = await openExpired(db)
    const { here, experiments, artifacts } = bed
    const experimentId = await experiments.create(here, { name: 'old' } as never)
    const id =
      typeof experimentId === 'string'
        ? experimentId
        : (experimentId as { experimentId: string }).experimentId
    const run = await bed.newRun(here, id)
    await artifacts.writeArtifact(here, `${run.path}/x`, bytes('123'))
    assert.deepEqual(await bed.subjects(here, 'deleted-experiments'), [])
    await experiments.delete(here, { experimentId: id })
    await experiments.delete(here, { experimentId: '0' })
    const [thing, ...more] = await bed.list(here, 'deleted-experiments')
    assert.deepEqual(
      [thing!.subject, thing!.held, thing!.bytes, more],
      [`experiments/${id}`, [`experiments/${id}`], 3, []],
    )
    assert.deepEqual(await bed.subjects(here, 'deleted-runs'), [], 'its runs go with it')
    await bed.expired.remove(here, 'deleted-experiments', thing!)
    assert.deepEqual(await bed.subjects(here, 'deleted-experiments'), [])
    await bed.workOff()
    assert.equal(await bed.rowsLeft('runs'), 0)
  })

  test('are logged models, which have no other way to be removed', async () => {
    await using db = await open()
    await using bed = await openExpired(db)
    const { here, loggedModels } = bed
    const make = () => loggedModels.create(here, { experimentId: '0', name: 'm' } as never)
    const [one, two] = [(await make()).modelId, (await make()).modelId]
    await loggedModels.delete(here, { modelId: one })
    const [thing, ...more] = await bed.list(here, 'deleted-logged-models')
    assert.deepEqual([thing!.subject, more], [`logged-models/${one}`, []])
    const active = { ...thing!, subject: `logged-models/${two}` }
    await assert.rejects(bed.expired.remove(here, 'deleted-logged-models', active), { code: 'INVALID_STATE' })
    await bed.expired.remove(here, 'deleted-logged-models', thing!)
    await assert.rejects(loggedModels.get(here, { modelId: one }), { code: 'RESOURCE_DOES_NOT_EXIST' })
    await bed.workOff()
    assert.equal(await bed.rowsLeft('logged_models'), 1)
  })

  test('are files of what was deleted, without what was logged', async () => {
    await using db = await open()
    await using bed = await openExpired(db)
    const { here, runs, artifacts, loggedModels } = bed
    const [full, empty] = [await bed.newRun(here), await bed.newRun(here)]
    await artifacts.writeArtifact(here, `${full.path}/x`, bytes('12'))
    await artifacts.writeArtifact(here, `${full.path}/y`, bytes('345'))
    const { modelId } = await loggedModels.create(here, { experimentId: '0', name: 'm' } as never)
    const { path } = await artifacts.findRoot(here, { modelId })
    await artifacts.writeArtifact(here, `${path}/MLmodel`, bytes('6'))
    for (const { runId } of [full, empty]) await runs.delete(here, { runId })
    await loggedModels.delete(here, { modelId })
    const found = await bed.list(here, 'deleted-artifacts')
    assert.deepEqual(
      found.map((thing) => [thing.subject, thing.bytes]),
      [
        [`runs/${full.runId}/artifacts`, 5],
        [`logged-models/${modelId}/artifacts`, 1],
      ],
    )
    const [behind] = await bed.list(here, 'deleted-artifacts', NEVER, found[0]!.key, 1)
    assert.equal(behind!.subject, found[1]!.subject)
    for (const thing of found) await bed.expired.remove(here, 'deleted-artifacts', thing)
    assert.deepEqual(await bed.subjects(here, 'deleted-artifacts'), [])
    assert.equal((await bed.used(here))[1], 0)
    await runs.restore(here, { runId: full.runId })
    assert.equal((await runs.get(here, { runId: full.runId })).info.runId, full.runId)
  })

  test('a hold names what there is, and a run is in the experiment that it is in now', async () => {
    await using db = await open()
    await using bed = await openExpired(db)
    const { here } = bed
    const { runId } = await bed.newRun(here)
    const find = (subject: string, workspace = here.workspace.key) =>
      findHeldThing(db.read, workspace, subject)
    assert.equal((await find('experiments/000'))?.subject, 'experiments/0')
    assert.deepEqual(await find(`runs/${runId}`), { subject: `runs/${runId}` })
    for (const subject of [
      'experiments/99',
      'experiments/x',
      'runs/none',
      'models/m',
      'runs/',
      `runs/${runId}/x`,
    ]) {
      assert.equal(await find(subject), undefined, subject)
    }
    assert.equal(await find(`runs/${runId}`, bed.elsewhere.workspace.key), undefined)
    const inside = (experiment: string) =>
      inExperiment(db.read, here.workspace.key, [`runs/${runId}`, 'runs/none', 'models/m'], experiment)
    assert.deepEqual(await inside('experiments/0'), [`runs/${runId}`])
    assert.deepEqual(await inside('experiments/1'), [])
  })
})
