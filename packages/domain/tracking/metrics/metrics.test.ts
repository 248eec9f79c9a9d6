import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { spread } from './get-interval.ts'
import { shiftFor } from './get-series.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

/** What MLflow's own SQL picks: the first row of each NTILE bucket, and the last row. */
function ntile(n: number, max: number): number[] {
  if (n <= max) return Array.from({ length: n }, (_, i) => i)
  const picks: number[] = []
  let at = 0
  for (let bucket = 0; bucket < max; bucket++) {
    picks.push(at)
    at += Math.floor(n / max) + (bucket < n % max ? 1 : 0)
  }
  picks[max - 1] = n - 1
  return picks
}

async function withRun(db: Database) {
  const all = await openTracking(db)
  const run = await all.runs.create(all.here, { startTime: 1 })
  return { ...all, runId: run.info.runId }
}

test('the sampled ranks are those of NTILE with the last row kept', () => {
  assert.deepEqual(spread(0, 10, 5), [0, 2, 4, 6, 9])
  for (const n of [0, 1, 2, 7, 64, 65, 1000]) {
    for (const max of [1, 2, 3, 7, 64, 999, 2500])
      assert.deepEqual(spread(0, n, max), ntile(n, max), `${n}/${max}`)
  }
})

test('the bucket width is the smallest power of two that fits', () => {
  assert.equal(shiftFor(0, 999, 1000), 0)
  assert.equal(shiftFor(0, 1000, 1000), 1)
  assert.equal(shiftFor(-5, 5, 2), 3)
})

eachEngine('metrics', MODULES, (open) => {
  test('points come back by timestamp, step and value, NaN as NaN and infinities as the largest doubles', async () => {
    await using db = await open()
    const { metrics, here, runId } = await withRun(db)
    const key = 'loss'
    for (const [value, timestamp, step] of [
      [Number.NaN, 30, 3],
      [Number.POSITIVE_INFINITY, 20, 2],
      [1.5, 40, -1],
      [Number.NEGATIVE_INFINITY, 10, 9],
    ] as const) {
      await metrics.log(here, { runId, key, value, timestamp, step })
    }
    const { points } = await metrics.getHistory(here, { runId, key })
    assert.deepEqual(points, [
      { key, value: -Number.MAX_VALUE, timestamp: 10, step: 9 },
      { key, value: Number.MAX_VALUE, timestamp: 20, step: 2 },
      { key, value: Number.NaN, timestamp: 30, step: 3 },
      { key, value: 1.5, timestamp: 40, step: -1 },
    ])
  })

  test('the same batch sent again leaves nothing behind', async () => {
    await using db = await open()
    const { metrics, runs, here, runId } = await withRun(db)
    const batch = {
      runId,
      params: [],
      tags: [],
      metrics: Array.from({ length: 200 }, (_, i) => ({
        key: i % 2 ? 'a' : 'b/c',
        value: i / 7,
        timestamp: 1000 + i,
        step: i >> 1,
      })),
    }
    await runs.logBatch(here, batch)
    await runs.logBatch(here, batch)
    const { points } = await metrics.getHistory(here, { runId, key: 'a' })
    assert.equal(points.length, 100)
    const [series] = await metrics.getSeries(here, { runIds: [runId], keys: ['a'] })
    assert.equal(series!.points, 100)
  })

  test('points of one step with other times or values are points of their own', async () => {
    await using db = await open()
    const { metrics, here, runId } = await withRun(db)
    const point = { runId, key: 'm', value: 1, timestamp: 5, step: 0 }
    for (const other of [{}, { value: 2 }, { timestamp: 6 }, { value: Number.NaN }, {}]) {
      await metrics.log(here, { ...point, ...other })
    }
    assert.equal((await metrics.getHistory(here, { runId, key: 'm' })).points.length, 4)
  })

  test('pages of a history join without gap or overlap, also where time falls with the steps', async () => {
    await using db = await open()
    const { metrics, runs, here, runId } = await withRun(db)
    const points = Array.from({ length: 25 }, (_, i) => ({
      key: 'down',
      value: i,
      timestamp: 1000 - (i % 5),
      step: i,
    }))
    await runs.logBatch(here, { runId, params: [], tags: [], metrics: points })
    const paged = []
    let pageToken: string | undefined
    do {
      const page = await metrics.getHistory(here, {
        runId,
        key: 'down',
        maxResults: 4,
        ...(pageToken === undefined ? {} : { pageToken }),
      })
      paged.push(...page.points)
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    const whole = (await metrics.getHistory(here, { runId, key: 'down' })).points
    assert.deepEqual(paged, whole)
    const sorted = points.toSorted((a, b) => a.timestamp - b.timestamp || a.step - b.step)
    assert.deepEqual(whole, sorted)
  })

  test('a garbled page token is refused', async () => {
    await using db = await open()
    const { metrics, here, runId } = await withRun(db)
    await assert.rejects(metrics.getHistory(here, { runId, key: 'm', pageToken: 'nonsense' }), {
      code: 'INVALID_PARAMETER_VALUE',
    })
  })

  test('plots read the exact ranks, in any order of arrival, with and without a range of steps', async () => {
    await using db = await open()
    const { metrics, runs, here, runId } = await withRun(db)
    // Every third step arrives late, in small batches: marks are dropped and put back on the way.
    const steps = Array.from({ length: 3000 }, (_, i) => i)
    const arrival = [...steps.filter((i) => i % 3 !== 0), ...steps.filter((i) => i % 3 === 0)]
    for (let at = 0; at < arrival.length; at += 500) {
      const part = arrival.slice(at, at + 500)
      await runs.logBatch(here, {
        runId,
        params: [],
        tags: [],
        metrics: part.map((step) => ({ key: 'm', value: step * 2, timestamp: 1, step })),
      })
      const seen = arrival.slice(0, at + 500).sort((a, b) => a - b)
      const sampled = await metrics.getInterval(here, { runIds: [runId], key: 'm', maxResults: 37 })
      assert.deepEqual(
        sampled.map(({ step }) => step),
        ntile(seen.length, 37).map((rank) => seen[rank]),
      )
      const range = { startStep: 701, endStep: 2222 }
      const inRange = seen.filter((step) => step >= range.startStep && step <= range.endStep)
      const part2 = await metrics.getInterval(here, { runIds: [runId], key: 'm', maxResults: 10, ...range })
      assert.deepEqual(
        part2.map(({ step }) => step),
        ntile(inRange.length, 10).map((rank) => inRange[rank]),
      )
    }
  })

  test('buckets keep every peak, and finished ones do not change while points are added', async () => {
    await using db = await open()
    const { metrics, runs, here, runId } = await withRun(db)
    const log = (from: number, to: number) =>
      runs.logBatch(here, {
        runId,
        params: [],
        tags: [],
        metrics: Array.from({ length: to - from }, (_, i) => ({
          key: 'm',
          value: from + i === 77 ? 1e9 : from + i === 78 ? Number.NaN : from + i,
          timestamp: from + i,
          step: from + i,
        })),
      })
    await log(0, 900)
    const asked = { runIds: [runId], keys: ['m', 'none'], maxBuckets: 64 }
    const [before, ...none] = await metrics.getSeries(here, asked)
    assert.equal(none.length, 0)
    assert.equal(before!.width, 16)
    assert.equal(Math.max(...before!.maxs.map(Number)), 1e9)
    assert.equal(
      before!.counts.reduce((sum, count) => sum + count),
      900,
    )
    assert.deepEqual([before!.lastSteps.at(-1), before!.lasts.at(-1)], [899, 899])
    await log(900, 1000)
    const [after] = await metrics.getSeries(here, asked)
    assert.deepEqual(after!.maxs.slice(0, 56), before!.maxs.slice(0, 56))
    assert.equal(after!.points, 1000)
  })

  test('another workspace sees no points and cannot log', async () => {
    await using db = await open()
    const { metrics, here, elsewhere, runId } = await withRun(db)
    const point = { runId, key: 'm', value: 1, timestamp: 5, step: 0 }
    await metrics.log(here, point)
    await assert.rejects(metrics.log(elsewhere, point), { code: 'RESOURCE_DOES_NOT_EXIST' })
    assert.deepEqual(await metrics.getHistory(elsewhere, point), { points: [] })
    assert.deepEqual(await metrics.getInterval(elsewhere, { runIds: [runId], key: 'm' }), [])
    assert.deepEqual(await metrics.getSeries(elsewhere, { runIds: [runId], keys: ['m'] }), [])
  })

  test('a removed metric is gone at once, and logging it again begins anew', async () => {
    await using db = await open()
    const { metrics, here, runId } = await withRun(db)
    const point = { runId, key: 'm', value: 1, timestamp: 5, step: 0 }
    await metrics.log(here, point)
    await metrics.remove(here, point)
    assert.deepEqual((await metrics.getHistory(here, point)).points, [])
    await metrics.log(here, { ...point, step: 7 })
    assert.deepEqual(
      (await metrics.getHistory(here, point)).points.map(({ step }) => step),
      [7],
    )
    await assert.rejects(metrics.remove(here, { runId, key: 'other' }), { code: 'RESOURCE_DOES_NOT_EXIST' })
  })
})
