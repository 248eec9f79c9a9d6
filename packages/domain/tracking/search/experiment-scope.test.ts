import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Readable } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { scopeOf } from './experiment-scope.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

eachEngine('the experiments that a search looks into', MODULES, (open) => {
  test('are those asked for that the caller may read, in their workspace', async () => {
    await using db = await open()
    const { experiments, here, elsewhere } = await openTracking(db)
    const ids = ['0']
    for (const name of ['a', 'b', 'c']) ids.push(await experiments.create(here, { name }))
    const far = await experiments.create(elsewhere, { name: 'a' })
    const all = [...ids, far, '999', '+0']
    const keys = async (caller: Caller) => (await scopeOf(db.read, caller, all)).map(({ key }) => key)
    const found = await keys(here)
    assert.equal(found.length, 4)
    const [first, second, third] = found as [number, number, number]
    const reading = (readable: Readable): Caller => ({ ...here, readable: () => readable })
    assert.deepEqual(await keys(reading({ kind: 'only', keys: [second, third, 12_345] })), [second, third])
    assert.deepEqual(await keys(reading({ kind: 'only', keys: [] })), [])
    assert.deepEqual(await keys(reading({ kind: 'all-except', keys: [first, second] })), found.slice(2))
    assert.deepEqual(await keys(reading({ kind: 'all-except', keys: [] })), found)
    const many = [...found, ...Array.from({ length: 20_000 }, (_, at) => 100_000 + at)]
    assert.deepEqual(await keys(reading({ kind: 'only', keys: many })), found)
    assert.equal((await keys({ ...elsewhere, readable: () => ({ kind: 'only', keys: many }) })).length, 0)
  })
})
