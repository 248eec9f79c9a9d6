import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Readable } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { ExperimentPage, ExperimentSearch } from './search-experiments.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

const names = ({ experiments }: ExperimentPage) => experiments.map(({ name }) => name)
const reading = (caller: Caller, readable: Readable): Caller => ({ ...caller, readable: () => readable })

eachEngine('search for experiments', MODULES, (open) => {
  test('experiments come newest first, with their tags, deleted ones only when asked for', async () => {
    await using db = await open()
    const { experiments, search, here, later } = await openTracking(db)
    later(1)
    await experiments.create(here, { name: 'old', tags: [{ key: 'team', value: 'x' }] })
    later(1)
    const gone = await experiments.create(here, { name: 'gone' })
    await experiments.delete(here, { experimentId: gone })
    const found = await search.experiments(here, {})
    assert.deepEqual(names(found), ['old', 'Default'])
    assert.deepEqual(found.experiments[0]!.tags, [{ key: 'team', value: 'x' }])
    assert.deepEqual(names(await search.experiments(here, { viewType: 'DELETED_ONLY' })), ['gone'])
    assert.deepEqual(names(await search.experiments(here, { viewType: 'ALL' })), ['gone', 'old', 'Default'])
  })

  test('equals come oldest first, unless an order was asked for', async () => {
    await using db = await open()
    const { experiments, search, here } = await openTracking(db)
    for (const name of ['a', 'b']) await experiments.create(here, { name })
    assert.deepEqual(names(await search.experiments(here, {})), ['Default', 'a', 'b'])
    const orderBy = ['creation_time']
    assert.deepEqual(names(await search.experiments(here, { orderBy })), ['b', 'a', 'Default'])
  })

  test('pages follow each other', async () => {
    await using db = await open()
    const { experiments, search, here } = await openTracking(db)
    for (const name of ['a', 'b', 'c', 'd']) await experiments.create(here, { name })
    const asked = { orderBy: ['name'], filter: "name != 'Default'", maxResults: 3 }
    const first = await search.experiments(here, asked)
    assert.deepEqual(names(first), ['a', 'b', 'c'])
    const pageToken = first.nextPageToken
    const second = await search.experiments(here, { ...asked, pageToken })
    assert.deepEqual(second, { experiments: second.experiments })
    assert.deepEqual(names(second), ['d'])
    await assert.rejects(search.experiments(here, { ...asked, filter: '', pageToken }), INVALID)
  })

  test('nobody finds those of another workspace or not theirs to read', async () => {
    await using db = await open()
    const { experiments, search, here, elsewhere } = await openTracking(db)
    const keys = [Number(await experiments.create(here, { name: 'wine' }))]
    await experiments.create(elsewhere, { name: 'theirs' })
    const found = async (caller: Caller) => names(await search.experiments(caller, { orderBy: ['name'] }))
    assert.deepEqual(await found(here), ['Default', 'wine'])
    assert.deepEqual(await found(elsewhere), ['Default', 'theirs'])
    assert.deepEqual(await found(reading(here, { kind: 'only', keys })), ['wine'])
    assert.deepEqual(await found(reading(here, { kind: 'all-except', keys })), ['Default'])
    const byId = { filter: "experiment_id IN ('0', '00')" }
    assert.deepEqual(names(await search.experiments(elsewhere, byId)), ['Default'])
  })

  test('bad questions are refused', async () => {
    await using db = await open()
    const { search, here } = await openTracking(db)
    const bad: ExperimentSearch[] = [
      { maxResults: 0 },
      { maxResults: 50_001 },
      { filter: "experiment_id = 'x'" },
      { filter: "experiment_id > '1'" },
      { filter: "creation_time = '5'" },
      { orderBy: ['tags.a'] },
      { pageToken: 'garbage' },
    ]
    for (const asked of bad) await assert.rejects(search.experiments(here, asked), INVALID)
  })
})
