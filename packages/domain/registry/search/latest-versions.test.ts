import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { KeptVersion } from '../testing/keep-models.ts'
import { keepModels } from '../testing/keep-models.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { makeRegistrySearch } from './make-registry-search.ts'

const versions: KeptVersion[] = [
  { version: 1, stage: 'Production', tags: { k: 'v' } },
  { version: 2, stage: 'Production' },
  { version: 3, stage: 'Archived' },
  { version: 4 },
]

eachEngine('latest versions of a model', TEST_MIGRATIONS, (open) => {
  test('are the highest of each asked stage, with tags and aliases; of every stage if none is named', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const aliases = { champion: 2, best: 2, old: 1 }
    await keepModels(db, bed.here.workspace.key, [{ name: 'a', aliases, versions }, { name: 'b' }])
    await keepModels(db, bed.elsewhere.workspace.key, [{ name: 'a', versions: versions.slice(0, 1) }])
    const { latestVersions } = makeRegistrySearch(bed.deps)
    const found = async (caller: typeof bed.here, name: string, stages?: string[]) =>
      (await latestVersions(caller, { name, stages })).map(({ version, aliases }) => [version, ...aliases])
    assert.deepEqual(await found(bed.here, 'a'), [[4], [2, 'best', 'champion'], [3]])
    assert.deepEqual(await found(bed.here, 'a', []), [[4], [2, 'best', 'champion'], [3]])
    assert.deepEqual(await found(bed.here, 'a', ['PRODUCTION', 'none']), [[4], [2, 'best', 'champion']])
    assert.deepEqual(await found(bed.here, 'a', ['Staging']), [])
    assert.deepEqual(await found(bed.here, 'b'), [])
    assert.deepEqual(await found(bed.elsewhere, 'a'), [[1]])
    const [only] = await latestVersions(bed.elsewhere, { name: 'a' })
    assert.deepEqual(only?.tags, [{ key: 'k', value: 'v' }])
  })

  test('of a model that is not there, or not to be read, there are none; a stage must be one', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const keys = await keepModels(db, bed.here.workspace.key, [{ name: 'a', versions }])
    const { latestVersions } = makeRegistrySearch(bed.deps)
    const missing = { code: 'RESOURCE_DOES_NOT_EXIST', message: 'Registered Model with name=a not found' }
    await assert.rejects(latestVersions(bed.elsewhere, { name: 'a' }), missing)
    const hidden = reading(bed.here, { kind: 'all-except', keys })
    await assert.rejects(latestVersions(hidden, { name: 'a', stages: ['nonsense'] }), missing)
    const invalid = { code: 'INVALID_PARAMETER_VALUE' }
    await assert.rejects(latestVersions(bed.here, { name: 'a', stages: ['nonsense'] }), invalid)
    await assert.rejects(latestVersions(bed.here, { name: 'a/b' }), invalid)
  })
})
