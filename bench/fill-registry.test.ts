import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessMigrations, localOwner } from '@orrery/domain/access'
import { eventsMigrations } from '@orrery/domain/events'
import { makeRegistrySearch, registryMigrations } from '@orrery/domain/registry'
import { trackingMigrations } from '@orrery/domain/tracking'
import { eachEngine } from '@orrery/drivers/db/testing'
import { fillRegistry, modelName, runIdOf, ticket } from './fill-registry.ts'

const MODULES = [accessMigrations, eventsMigrations, trackingMigrations, registryMigrations]

eachEngine('a filled registry', MODULES, (open) => {
  test('is searched like one that was registered to', async () => {
    await using db = await open()
    await fillRegistry(db, { workspaceKey: 1, models: 30, versionsPerModel: 10 })
    const search = makeRegistrySearch({ db })
    const caller = localOwner({ key: 1, name: 'default' }, { requestId: 'test', address: '' })
    const { models } = await search.models(caller, {})
    assert.equal(models.length, 30)
    const first = models[0]!
    assert.equal(first.name, modelName(0))
    assert.deepEqual([first.tags.length, first.aliases.length, first.latestVersions.length], [2, 2, 4])
    const find = async (filter: string) => (await search.versions(caller, { filter })).versions
    assert.equal((await find('')).length, 300)
    assert.equal((await find(`tags.ticket = '${ticket(3)}'`)).length, 50)
    const [found] = await find(`run_id = '${runIdOf(123)}'`)
    assert.deepEqual([found?.name, found?.version, found?.tags.length], [modelName(12), 4, 6])
  })
})
