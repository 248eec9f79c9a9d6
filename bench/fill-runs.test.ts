import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomIds, systemClock } from '@orrery/base/kernel'
import { accessMigrations, localOwner } from '@orrery/domain/access'
import { eventsMigrations, makeEmit } from '@orrery/domain/events'
import { makeTracking, NOTHING_METERED, NOTHING_OWNED, trackingMigrations } from '@orrery/domain/tracking'
import { eachEngine } from '@orrery/drivers/db/testing'
import { fillRuns } from './fill-runs.ts'

const MODULES = [accessMigrations, eventsMigrations, trackingMigrations]

eachEngine('a filled store', MODULES, (open) => {
  test('is searched like one that was logged to', async () => {
    await using db = await open()
    await fillRuns(db, { workspaceKey: 1, experimentId: '7', runs: 300, metrics: 2, params: 1 })
    const [clock, ids] = [systemClock, randomIds]
    const emit = makeEmit({ clock, ids })
    const { search } = makeTracking({
      db,
      emit,
      clock,
      ids,
      wakeRemovals: () => {},
      ownership: NOTHING_OWNED,
      meter: NOTHING_METERED,
    })
    const caller = localOwner({ key: 1, name: 'default' }, { requestId: 'test', address: '' })
    const find = async (filter: string) =>
      (await search.runs(caller, { experimentIds: ['7'], filter, orderBy: ['metrics.m1 DESC'] })).runs
    const all = await find('')
    assert.equal(all.length, 300)
    assert.equal(new Set(all.map(({ info }) => info.runId)).size, 300)
    assert.deepEqual([all[0]!.metrics.length, all[0]!.params.length, all[0]!.tags.length], [2, 1, 2])
    const some = await find("metrics.m0 > 0.5 AND params.p0 = 'v3'")
    assert.ok(some.length > 0 && some.length < 60, `${some.length} of 300`)
  })
})
