import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

async function withRunAndModel(db: Database) {
  const all = await openTracking(db)
  const { here, runs, loggedModels, metrics } = all
  const { runId } = (await runs.create(here, {})).info
  const { modelId } = await loggedModels.create(here, { experimentId: '0' })
  const point = { runId, key: 'acc', value: 1, timestamp: 1000, step: 1, modelId }
  type Point = Omit<Parameters<typeof metrics.log>[1], 'runId'>
  return {
    ...all,
    runId,
    modelId,
    log: (changed: Point = {}) => metrics.log(here, { ...point, ...changed }),
    logAll: (points: Point[]) =>
      runs.logBatch(here, { runId, metrics: points.map((p) => ({ ...point, ...p })), params: [], tags: [] }),
    metricsOfModel: async () => (await loggedModels.get(here, { modelId, allowDeleted: true })).metrics,
    historyOfRun: async (key = 'acc') => (await metrics.getHistory(here, { runId, key })).points,
  }
}

const refusal =
  (code: string, says: RegExp = /./) =>
  (error: unknown) =>
    error instanceof Problem && error.code === code && says.test(error.message)

eachEngine('metrics of logged models', MODULES, (open) => {
  test('a metric with a model id stands with the run and with the model', async () => {
    await using db = await open()
    const { log, metricsOfModel, historyOfRun, runId } = await withRunAndModel(db)
    await log({ datasetName: 'train', datasetDigest: 'd1' })
    assert.equal((await historyOfRun()).length, 1)
    assert.deepEqual(await metricsOfModel(), [
      {
        key: 'acc',
        value: 1,
        timestamp: 1000,
        step: 1,
        runId,
        datasetName: 'train',
        datasetDigest: 'd1',
      },
    ])
  })

  test('a metric without one, or with an empty one, stands with the run only', async () => {
    await using db = await open()
    const { log, logAll, metricsOfModel } = await withRunAndModel(db)
    await log({ modelId: '' })
    await logAll([{ modelId: undefined, key: 'a' }])
    assert.deepEqual(await metricsOfModel(), [])
  })

  test('exact duplicates collapse; another value, step, run or dataset does not', async () => {
    await using db = await open()
    const { log, logAll, metricsOfModel } = await withRunAndModel(db)
    await log()
    await log()
    await logAll([{}, {}, { value: 2 }, { step: 2 }])
    await log({ datasetName: 'train', datasetDigest: 'd' })
    await log({ datasetName: 'test', datasetDigest: 'd' })
    assert.deepEqual(
      (await metricsOfModel()).map(({ step, datasetName, value }) => [step, datasetName, value]),
      [
        [1, '', 1],
        [1, '', 2],
        [1, 'test', 1],
        [1, 'train', 1],
        [2, '', 1],
      ],
    )
  })

  test('NaN stays NaN and an infinity becomes the largest double', async () => {
    await using db = await open()
    const { logAll, metricsOfModel } = await withRunAndModel(db)
    await logAll([
      { key: 'a', value: Number.NaN },
      { key: 'a', value: Number.NaN },
      { key: 'b', value: Number.POSITIVE_INFINITY },
      { key: 'c', value: Number.NEGATIVE_INFINITY },
    ])
    assert.deepEqual(
      (await metricsOfModel()).map((metric) => metric.value),
      [Number.NaN, Number.MAX_VALUE, -Number.MAX_VALUE],
    )
  })

  test('an unknown model, or one of another workspace, refuses the whole call', async () => {
    await using db = await open()
    const { logAll, log, metricsOfModel, historyOfRun, loggedModels, elsewhere } = await withRunAndModel(db)
    const { modelId: theirs } = await loggedModels.create(elsewhere, { experimentId: '0' })
    for (const modelId of ['m-none', theirs, 'm'.repeat(100_000)]) {
      await assert.rejects(
        log({ modelId }),
        refusal('BAD_REQUEST', /^Logged model with ID '.{1,300}' not found/),
      )
      await assert.rejects(logAll([{}, { modelId, key: 'b' }]), refusal('BAD_REQUEST'))
    }
    assert.deepEqual([await metricsOfModel(), await historyOfRun(), await historyOfRun('b')], [[], [], []])
  })

  test('a deleted model takes metrics', async () => {
    await using db = await open()
    const { log, metricsOfModel, loggedModels, here, modelId } = await withRunAndModel(db)
    await loggedModels.delete(here, { modelId })
    await log()
    assert.equal((await metricsOfModel()).length, 1)
  })

  test('a dataset needs both name and digest, and neither may be too long', async () => {
    await using db = await open()
    const { log, logAll, metricsOfModel } = await withRunAndModel(db)
    const bad = (says: RegExp) => refusal('INVALID_PARAMETER_VALUE', says)
    await assert.rejects(log({ datasetName: 'd' }), bad(/Both dataset_name and dataset_digest/))
    await assert.rejects(logAll([{}, { datasetDigest: 'd' }]), bad(/metrics\[1\]: Both/))
    await assert.rejects(log({ datasetName: 'n'.repeat(501), datasetDigest: 'd' }), bad(/dataset_name/))
    await assert.rejects(log({ datasetName: 'n', datasetDigest: 'd'.repeat(37) }), bad(/dataset_digest/))
    assert.deepEqual(await metricsOfModel(), [])
  })

  test('names that no index row holds are refused, the longest that fit are kept', async () => {
    await using db = await open()
    const { log, metricsOfModel } = await withRunAndModel(db)
    const dataset = { datasetName: wideText(500), datasetDigest: 'd'.repeat(36) }
    await log({ key: wideText(133), ...dataset })
    assert.equal((await metricsOfModel()).length, 1)
    await assert.rejects(
      log({ key: wideText(134), ...dataset }),
      refusal('INVALID_PARAMETER_VALUE', /2604 bytes together; at most 2600 fit/),
    )
  })
})

/** Letters of four bytes each, in an order that does not compress. */
function wideText(length: number): string {
  let seed = 7
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return String.fromCodePoint(0x20000 + (seed % 40_000))
  }).join('')
}
