import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Readable } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { LoggedModelPage, LoggedModelSearch } from './search-logged-models.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

type Tracked = Awaited<ReturnType<typeof openTracking>>
type Measured = [key: string, value: number, dataset?: string]

const names = ({ models }: LoggedModelPage) => models.map(({ name }) => name)
const reading = (caller: Caller, readable: Readable): Caller => ({ ...caller, readable: () => readable })

/** Models in the Default experiment, each made a moment after the one before, with metrics in the order of time. */
async function make(tracked: Tracked, models: Record<string, Measured[]>): Promise<void> {
  const { loggedModels, runs, here, later } = tracked
  const { info } = await runs.create(here, {})
  for (const [name, measured] of Object.entries(models)) {
    later(1)
    const model = await loggedModels.create(here, { experimentId: '0', name })
    const metrics = measured.map(([key, value, dataset], at) => ({
      ...{ key, value, timestamp: at, step: 0, modelId: model.modelId },
      ...(dataset === undefined ? {} : { datasetName: dataset, datasetDigest: 'd' }),
    }))
    await runs.logBatch(here, { runId: info.runId, metrics, params: [], tags: [] })
  }
}

eachEngine('search for logged models', MODULES, (open) => {
  test('models come newest first and whole, deleted ones never', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    await make(tracked, { a: [['acc', 0.5, 'wine']], b: [], gone: [] })
    const { search, here, loggedModels } = tracked
    const all = await search.loggedModels(here, { experimentIds: ['0'] })
    assert.deepEqual(names(all), ['gone', 'b', 'a'])
    const [gone, , a] = all.models
    assert.deepEqual(a, await loggedModels.get(here, { modelId: a!.modelId }))
    await loggedModels.delete(here, { modelId: gone!.modelId })
    assert.deepEqual(names(await search.loggedModels(here, { experimentIds: ['0'] })), ['b', 'a'])
  })

  test('a metric sorts by its newest value, on one dataset if that is named; none and NaN come last', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    await make(tracked, {
      rising: [
        ['acc', 1],
        ['acc', 9],
      ],
      falling: [
        ['acc', 9, 'wine'],
        ['acc', 2],
      ],
      nan: [['acc', Number.NaN]],
      none: [],
    })
    const order = async (ascending: boolean, datasetName?: string) => {
      const orderBy = [{ fieldName: 'metrics.acc', ascending, datasetName }]
      return names(await tracked.search.loggedModels(tracked.here, { experimentIds: ['0'], orderBy }))
    }
    assert.deepEqual(await order(true), ['falling', 'rising', 'none', 'nan'])
    assert.deepEqual(await order(false), ['rising', 'falling', 'none', 'nan'])
    assert.deepEqual(await order(true, 'wine'), ['falling', 'none', 'nan', 'rising'])
  })

  test('a metric fits by any of its values, on the given datasets only', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    await make(tracked, {
      a: [
        ['acc', 1, 'wine'],
        ['acc', 9],
      ],
      b: [['acc', 5, 'iris']],
      c: [['acc', 5]],
    })
    const found = async (filter: string, ...datasets: { datasetName: string; datasetDigest?: string }[]) =>
      names(
        await tracked.search.loggedModels(tracked.here, { experimentIds: ['0'], filter, datasets }),
      ).sort()
    assert.deepEqual(await found('metrics.acc >= 5'), ['a', 'b', 'c'])
    assert.deepEqual(await found('metrics.acc >= 5', { datasetName: 'wine' }), [])
    assert.deepEqual(await found('', { datasetName: 'wine' }), ['a'])
    assert.deepEqual(await found('', { datasetName: 'wine' }, { datasetName: 'iris' }), ['a', 'b'])
    assert.deepEqual(await found('', { datasetName: 'wine', datasetDigest: 'other' }), [])
    assert.deepEqual(await found("status = 'PENDING' AND name = a"), ['a'])
  })

  test('nobody finds those of another workspace or not theirs to read', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    await make(tracked, { mine: [] })
    const found = async (caller: Caller) =>
      names(await tracked.search.loggedModels(caller, { experimentIds: ['0'] }))
    assert.deepEqual(await found(tracked.here), ['mine'])
    assert.deepEqual(await found(tracked.elsewhere), [])
    assert.deepEqual(await found(reading(tracked.here, { kind: 'only', keys: [] })), [])
  })

  test('a token is good for its own search only, and bad questions are refused', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    await make(tracked, { a: [], b: [], c: [] })
    const ask = (asked: Partial<LoggedModelSearch>) =>
      tracked.search.loggedModels(tracked.here, { experimentIds: ['0'], ...asked })
    const { nextPageToken: pageToken } = await ask({ maxResults: 2 })
    assert.deepEqual(names(await ask({ maxResults: 2, pageToken })), ['a'])
    const bad: Partial<LoggedModelSearch>[] = [
      { pageToken, filter: "name = 'a'" },
      { pageToken, orderBy: [{ fieldName: 'name' }] },
      { pageToken: 'garbage' },
      { maxResults: -1 },
      { datasets: [{ datasetName: '' }] },
      { orderBy: [{ fieldName: 'nope' }] },
      { orderBy: [{ fieldName: 'params.a' }] },
      { filter: 'tags.a IS NULL' },
    ]
    for (const asked of bad) await assert.rejects(ask(asked), INVALID, JSON.stringify(asked))
  })
})
