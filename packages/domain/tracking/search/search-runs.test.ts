import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Readable } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { RunPage, RunSearch } from './search-runs.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

const names = ({ runs }: RunPage) => runs.map(({ info }) => info.name)
const reading = (caller: Caller, readable: Readable): Caller => ({ ...caller, readable: () => readable })

type Tracked = Awaited<ReturnType<typeof openTracking>>

/** A run of that name and start, with a metric `m` if one is given. */
async function start(
  { runs, here }: Tracked,
  name: string,
  startTime: number,
  m?: number,
  more: { experimentId?: string; caller?: Caller } = {},
): Promise<string> {
  const { caller = here, ...where } = more
  const { info } = await runs.create(caller, { ...where, name, startTime })
  const metrics = m === undefined ? [] : [{ key: 'm', value: m, timestamp: 0, step: 0 }]
  await runs.logBatch(caller, { runId: info.runId, metrics, params: [], tags: [] })
  return info.runId
}

/** All pages of a search, by name of run. */
async function pages({ search, here }: Tracked, asked: Omit<RunSearch, 'experimentIds'>, ids = ['0']) {
  const found: string[][] = []
  let pageToken: string | undefined
  do {
    const page = await search.runs(here, { experimentIds: ids, ...asked, pageToken })
    found.push(names(page))
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return found
}

eachEngine('search for runs', MODULES, (open) => {
  test('runs come newest first, equals by id', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    for (const [name, at] of Object.entries({ a: 1, b: 3, c: 2, d: 3 })) await start(tracked, name, at)
    assert.deepEqual(await pages(tracked, {}), [['b', 'd', 'c', 'a']])
  })

  test('a dataset is asked for beside an order and a filter by metric', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const runId = await start(tracked, 'a', 1, 5)
    await start(tracked, 'b', 2, 6)
    const wine = {
      name: 'wine',
      digest: 'd1',
      sourceType: 'local',
      source: '{}',
      schema: null,
      profile: null,
    }
    const datasets = [{ dataset: wine, tags: [] }]
    await tracked.inputs.logInputs(tracked.here, { runId, datasets, models: [] })
    const filter = "dataset.name = 'wine' AND dataset.digest LIKE 'd%'"
    assert.deepEqual(await pages(tracked, { filter, orderBy: ['metrics.m DESC'] }), [['a']])
    assert.deepEqual(await pages(tracked, { filter: `metrics.m > 4 AND ${filter}` }), [['a']])
  })

  test('a run comes whole', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const runId = await start(tracked, 'a', 1, Number.NaN)
    const { runs } = await tracked.search.runs(tracked.here, { experimentIds: ['0'] })
    assert.deepEqual(runs, [await tracked.runs.get(tracked.here, { runId })])
    assert.deepEqual(runs[0]!.metrics, [{ key: 'm', value: Number.NaN, timestamp: 0, step: 0 }])
  })

  test('numbers, then NaN, then runs without the metric, in both directions and across pages', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const values = {
      low: 1,
      none: undefined,
      high: 9,
      nan: Number.NaN,
      low2: 1,
      none2: undefined,
      nan2: Number.NaN,
    }
    let at = 0
    for (const [name, value] of Object.entries(values)) await start(tracked, name, ++at, value)
    const up = ['low2', 'low', 'high', 'nan2', 'nan', 'none2', 'none']
    const down = ['high', 'low2', 'low', 'nan2', 'nan', 'none2', 'none']
    for (const maxResults of [1, 2, 3, 4, 7, 8]) {
      const found = async (key: string) => (await pages(tracked, { orderBy: [key], maxResults })).flat()
      assert.deepEqual(await found('metrics.m'), up)
      assert.deepEqual(await found('metrics.m DESC'), down)
    }
    assert.equal((await pages(tracked, { orderBy: ['metrics.m'], maxResults: 7 })).length, 1)
  })

  test('values that many runs share come by start, whatever the direction, filter and page', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const runs: { name: string; at: number; m: number }[] = []
    for (let n = 0; n < 60; n++) {
      const m = n < 5 ? n : n % 20 === 0 ? 7.5 : n % 3 === 0 ? 7 : 8
      runs.push({ name: `r${n}`, at: (n * 7) % 60, m })
      await start(tracked, `r${n}`, (n * 7) % 60, m)
    }
    for (const direction of [1, -1]) {
      const expected = runs.toSorted((a, b) => direction * (a.m - b.m) || b.at - a.at).map(({ name }) => name)
      const orderBy = [direction === 1 ? 'metrics.m' : 'metrics.m DESC']
      for (const maxResults of [1, 2, 7, 59, 100]) {
        assert.deepEqual((await pages(tracked, { orderBy, maxResults })).flat(), expected)
      }
      const filter = "metrics.m > 2 AND attributes.run_name != 'r11'"
      const fitting = expected.filter((name) => !['r0', 'r1', 'r2', 'r11'].includes(name))
      assert.deepEqual((await pages(tracked, { orderBy, filter, maxResults: 2 })).flat(), fitting)
    }
  })

  test('runs that begin while someone turns pages neither repeat nor hide others', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    for (const [name, at] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ] as const)
      await start(tracked, name, at, at)
    for (const orderBy of [[], ['metrics.m DESC']]) {
      const asked = { experimentIds: ['0'], orderBy, maxResults: 2 }
      const first = await tracked.search.runs(tracked.here, asked)
      const newer = await start(tracked, 'e', 5, 5)
      const second = await tracked.search.runs(tracked.here, { ...asked, pageToken: first.nextPageToken })
      assert.deepEqual(
        [names(first), names(second)],
        [
          ['d', 'c'],
          ['b', 'a'],
        ],
      )
      await tracked.runs.delete(tracked.here, { runId: newer })
    }
  })

  test('many experiments are merged in one order', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    for (const count of [3, 20]) {
      const ids: string[] = []
      const expected: string[] = []
      for (let at = 0; at < count; at++) {
        const experimentId = await tracked.experiments.create(tracked.here, { name: `${count}-${at}` })
        ids.push(experimentId)
        for (const n of [at, at + 100]) await start(tracked, `r${n}`, n, -n, { experimentId })
      }
      for (let at = count - 1; at >= 0; at--) expected.push(`r${at + 100}`)
      for (let at = count - 1; at >= 0; at--) expected.push(`r${at}`)
      for (const orderBy of [[], ['metrics.m'], ['start_time DESC'], ['params.p', 'start_time DESC']]) {
        assert.deepEqual((await pages(tracked, { orderBy, maxResults: 7 }, ids)).flat(), expected)
      }
      assert.deepEqual(await pages(tracked, { filter: 'metrics.m = -100' }, ids), [['r100']])
    }
  })

  test('views follow the run and its experiment', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const { runs, experiments, here } = tracked
    const experimentId = await experiments.create(here, { name: 'wine' })
    await start(tracked, 'kept', 1, 1, { experimentId })
    await runs.delete(here, { runId: await start(tracked, 'gone', 2, 2, { experimentId }) })
    const seen = async (viewType: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL') =>
      (await pages(tracked, { viewType, orderBy: ['metrics.m'] }, [experimentId, '0'])).flat()
    assert.deepEqual(await seen('ACTIVE_ONLY'), ['kept'])
    assert.deepEqual(await seen('DELETED_ONLY'), ['gone'])
    assert.deepEqual(await seen('ALL'), ['kept', 'gone'])
    await experiments.delete(here, { experimentId })
    assert.deepEqual(await seen('ACTIVE_ONLY'), [])
    assert.deepEqual(await seen('DELETED_ONLY'), ['kept', 'gone'])
    await experiments.restore(here, { experimentId })
    assert.deepEqual(await seen('ACTIVE_ONLY'), ['kept', 'gone'])
  })

  test('nobody finds what is in another workspace or not theirs to read', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const { search, experiments, here, elsewhere } = tracked
    const experimentId = await experiments.create(here, { name: 'wine' })
    await start(tracked, 'default', 1)
    await start(tracked, 'wine', 2, 1, { experimentId })
    await start(tracked, 'theirs', 3, 1, { caller: elsewhere })
    const found = async (caller: Caller) =>
      names(await search.runs(caller, { experimentIds: ['0', experimentId], orderBy: ['metrics.m'] }))
    assert.deepEqual(await found(here), ['wine', 'default'])
    assert.deepEqual(await found(elsewhere), ['theirs'])
    const keys = [Number(experimentId)]
    assert.deepEqual(await found(reading(here, { kind: 'only', keys })), ['wine'])
    assert.deepEqual(await found(reading(here, { kind: 'all-except', keys })), ['default'])
    assert.deepEqual(await found(reading(here, { kind: 'only', keys: [] })), [])
    assert.deepEqual(await found(reading(here, { kind: 'all-except', keys: [] })), ['wine', 'default'])
  })

  test('a token is good for its own search only', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const { search, here } = tracked
    for (const at of [1, 2, 3]) await start(tracked, `r${at}`, at, at)
    const asked = { experimentIds: ['0'], maxResults: 1 }
    const { nextPageToken } = await search.runs(here, asked)
    const forged = (...of: unknown[]) => Buffer.from(JSON.stringify(of)).toString('base64url')
    const [name] = JSON.parse(Buffer.from(nextPageToken!, 'base64url').toString())
    assert.deepEqual(names(await search.runs(here, { ...asked, maxResults: 9, pageToken: nextPageToken })), [
      'r2',
      'r1',
    ])
    for (const other of [
      { filter: 'metrics.m > 0' },
      { orderBy: ['metrics.m'] },
      { viewType: 'ALL' as const },
    ]) {
      await assert.rejects(search.runs(here, { ...asked, ...other, pageToken: nextPageToken }), INVALID)
    }
    const bad = [
      ...[
        'garbage',
        'e30',
        'bnVsbA',
        '😀',
        forged(),
        forged(name),
        forged(name, 0, 0, -1),
        forged(name, 9e9, 0, 0),
      ],
      ...[forged(name, 0, 7, 0), forged(name, 0, 0, 0, 'x', 'y'), forged(name, 0, 0, 0, 1.5, 'y')],
      ...[
        forged(name, 0, 0, 0, 1, '\0'),
        forged(name, 0, 0, 0, 1),
        forged(name, 0, 0, 1e300),
        forged(name, 0, 0, null),
      ],
      'x'.repeat(100_000),
    ]
    for (const pageToken of bad)
      await assert.rejects(search.runs(here, { ...asked, pageToken }), INVALID, pageToken)
    const harmless = [forged(name, 3, 0, 0), forged(name, 0, 2, 0), forged(name, 0, 0, 999_999)]
    for (const pageToken of harmless) await search.runs(here, { ...asked, pageToken })
  })

  test('sizes outside 1 to 50,000, bad ids, repeated orders and bad filters are refused', async () => {
    await using db = await open()
    const { search, here } = await openTracking(db)
    const bad: Partial<RunSearch>[] = [
      { maxResults: 0 },
      { maxResults: -1 },
      { maxResults: 50_001 },
      { maxResults: Number.NaN },
      { experimentIds: ['wine'] },
      { filter: 'metrics.m >' },
      { orderBy: ['start_time', 'Created DESC'] },
    ]
    for (const asked of bad)
      await assert.rejects(search.runs(here, { experimentIds: ['0'], ...asked }), INVALID)
    assert.deepEqual(await search.runs(here, { experimentIds: [] }), { runs: [] })
    assert.deepEqual(await search.runs(here, { experimentIds: ['999'] }), { runs: [] })
  })

  test('500 clauses, 50 orders and 2,000 ids are answered', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    await start(tracked, 'a', 1, 1)
    const filter = Array.from({ length: 500 }, (_, at) => (at % 2 ? 'metrics.m > 0' : 'tags.x IS NULL')).join(
      ' AND ',
    )
    assert.deepEqual(await pages(tracked, { filter }), [['a']])
    const orderBy = Array.from({ length: 50 }, (_, at) => `params.p${at} DESC`)
    assert.deepEqual(await pages(tracked, { orderBy }), [['a']])
    const ids = Array.from({ length: 2_000 }, (_, at) => `'${at}'`).join(',')
    assert.deepEqual(await pages(tracked, { filter: `run_id NOT IN (${ids})` }), [['a']])
  })

  test('a pattern of nothing but wildcards over a long text takes no time', async () => {
    await using db = await open()
    const tracked = await openTracking(db)
    const runId = await start(tracked, 'a', 1)
    await tracked.runs.logParam(tracked.here, { runId, key: 'p', value: 'a'.repeat(6_000) })
    const since = performance.now()
    for (const pattern of ['%'.repeat(5_000), `${'%a'.repeat(2_000)}%`, '_'.repeat(5_000)]) {
      for (const op of ['LIKE', 'ILIKE']) await pages(tracked, { filter: `params.p ${op} '${pattern}b'` })
    }
    // Tried at every place it would take years.
    assert.ok(performance.now() - since < 20_000)
  })
})
