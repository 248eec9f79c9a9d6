import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { bytes, openMetered } from '../testing/open-metered.ts'
import type { TrackingTables } from '../tracking-tables.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

type Bed = Awaited<ReturnType<typeof openMetered>>

const TABLES: readonly (keyof TrackingTables)[] = [
  'experiments',
  'experiment_tags',
  'runs',
  'run_params',
  'run_tags',
  'series',
  'points',
  'latest',
  'datasets',
  'run_datasets',
  'run_models',
  'logged_models',
  'logged_model_params',
  'logged_model_metrics',
  'artifact_files',
  'removals',
]

/** Something of everything; two experiments with three runs and a logged model, and one of Default's. */
async function fill(
  { experiments, runs, metrics, inputs, loggedModels, newRun, artifacts }: Bed,
  caller: Caller,
) {
  const tags = [{ key: 'k', value: 'v' }]
  for (const name of ['wine', 'beer']) {
    const experimentId = await experiments.create(caller, { name, tags })
    const model = await loggedModels.create(caller, { experimentId, params: tags })
    for (let i = 0; i < 3; i++) {
      const { runId, path } = await newRun(caller, experimentId)
      await runs.logParam(caller, { runId, key: 'p', value: 'v' })
      for (let step = 0; step < 3; step++) {
        await metrics.log(caller, {
          runId,
          key: 'm',
          value: 1,
          timestamp: step,
          step,
          modelId: model.modelId,
        })
      }
      await inputs.logInputs(caller, {
        runId,
        datasets: [
          {
            dataset: { name: 'd', digest: 'x', sourceType: 's', source: '{}', schema: null, profile: null },
            tags,
          },
        ],
        models: [model.modelId],
      })
      await artifacts.writeArtifact(caller, `${path}/f`, bytes('12345'))
    }
  }
  await newRun(caller)
}

async function left({ rowsLeft }: Bed): Promise<Record<string, number>> {
  return Object.fromEntries(await Promise.all(TABLES.map(async (table) => [table, await rowsLeft(table)])))
}

async function removeAll({ residents }: Bed, caller: Caller): Promise<number> {
  for (let slices = 1; ; slices++) if (await residents.removeSlice(caller.workspace.key)) return slices
}

eachEngine('things of tracking in a workspace', MODULES, (open) => {
  test('are counted, in their own workspace', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { residents, here, elsewhere } = bed
    await fill(bed, here)
    const losses = (caller: Caller) => db.scan((reads) => residents.losses(reads, caller.workspace.key))
    const measured = (caller: Caller) => db.scan((reads) => residents.measure(reads, caller.workspace.key))
    assert.deepEqual(await losses(here), [
      { what: 'experiments', count: 2 },
      { what: 'runs', count: 7 },
      { what: 'logged models', count: 2 },
      { what: 'files', count: 6, bytes: 30 },
    ])
    assert.deepEqual(await measured(here), { runs: 7, 'artifact-bytes': 30 })
    assert.deepEqual(await bed.used(here), [7, 30], 'as they were counted one by one')
    assert.deepEqual(
      (await losses(elsewhere)).map(({ count }) => count),
      [0, 0, 0, 0],
    )
    assert.deepEqual(await measured(elsewhere), { runs: 0, 'artifact-bytes': 0 })
  })

  test('a workspace is empty while it has nothing but a Default experiment without runs', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { residents, here, elsewhere, experiments, runs, loggedModels } = bed
    const isEmpty = (caller: Caller) => db.inTx((tx) => residents.isEmpty(tx, caller.workspace.key))
    const experimentId = await experiments.create(here, { name: 'wine' })
    await experiments.delete(here, { experimentId })
    assert.deepEqual([await isEmpty(here), await isEmpty(elsewhere)], [false, true])
    const { runId } = await bed.newRun(elsewhere)
    assert.equal(await isEmpty(elsewhere), false)
    await runs.delete(elsewhere, { runId })
    assert.equal(await isEmpty(elsewhere), false)
    await runs.remove(elsewhere, { runId })
    assert.equal(await isEmpty(elsewhere), true)
    await loggedModels.create(elsewhere, { experimentId: '0' })
    assert.equal(await isEmpty(elsewhere), false)
  })

  test('all go in slices, rows and files, and those of another workspace stay', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { here, elsewhere, store } = bed
    await fill(bed, elsewhere)
    const before = await left(bed)
    await fill(bed, here)
    const { experiments, runs } = bed
    const experimentId = await experiments.create(here, { name: 'gone' })
    await runs.create(here, { experimentId })
    await experiments.delete(here, { experimentId })
    await experiments.remove(here, { experimentId })
    assert.equal((await left(bed)).removals, 1)
    await removeAll(bed, here)
    // Also Default has gone, which `before` had in both workspaces.
    assert.deepEqual(await left(bed), { ...before, experiments: before.experiments! - 1 })
    const { entries } = await store.list('', { limit: 9 })
    assert.deepEqual(
      entries.map(({ name }) => name),
      [String(elsewhere.workspace.key)],
    )
    assert.equal(await removeAll(bed, here), 1)
  })

  test('it may be broken off anywhere and go on later, also beside the other removals and with two at work', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { here, residents } = bed
    await fill(bed, here)
    for (let i = 0; i < 5; i++) assert.equal(await residents.removeSlice(here.workspace.key), false)
    await Promise.all([removeAll(bed, here), removeAll(bed, here), bed.workOff()])
    await removeAll(bed, here)
    assert.deepEqual(
      Object.entries(await left(bed)).filter(([table, rows]) => rows > 0 && table !== 'experiments'),
      [],
    )
    assert.equal(await bed.rowsLeft('experiments'), 1, 'Default of the other workspace')
  })

  test('what a request under way has written without its experiment goes too', async () => {
    await using db = await open()
    await using bed = await openMetered(db)
    const { here } = bed
    await fill(bed, here)
    await db.inTx(async (tx) => {
      await tx.tables<TrackingTables>().deleteFrom('experiments').execute()
    })
    await removeAll(bed, here)
    assert.deepEqual([await bed.rowsLeft('runs'), await bed.rowsLeft('logged_models')], [0, 0])
  })
})
