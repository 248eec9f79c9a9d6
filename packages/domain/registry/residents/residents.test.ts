import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeModels } from '../models/make-models.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { makeWorkOffRegistryRemovals } from '../removals/work-off-removals.ts'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { makeVersionVerbs } from '../versions/make-version-verbs.ts'
import { makeRegistryResidents } from './make-residents.ts'

const TABLES: readonly (keyof RegistryTables)[] = [
  'registered_models',
  'registered_model_tags',
  'model_aliases',
  'model_versions',
  'version_tags',
  'version_files',
  'version_folders',
  'registry_removals',
]

async function openResidents(db: Database) {
  const bed = await openRegistry(db)
  const models = makeModels(bed.deps)
  const versions = makeVersionVerbs(bed.deps)
  const residents = makeRegistryResidents({ db })
  return {
    ...bed,
    models,
    residents,
    /** Models with tags, aliases, and versions that have tags, files and a folder. */
    async fill(caller: Caller, count: number) {
      for (let i = 0; i < count; i++) {
        const name = `m${i}`
        await models.create(caller, { name, tags: [{ key: 'k', value: 'v' }] })
        for (const version of ['1', '2']) {
          const folder_id = `${caller.workspace.name}-${i}-${version}`
          const { key } = await keepVersion(db, { ...caller, name }, { files: ['a', 'b'], folder_id })
          await versions.setTag(caller, { name, version, key: 'k', value: 'v' })
          await db.inTx(async (tx) => {
            await tx
              .tables<RegistryTables>()
              .insertInto('version_folders')
              .values({ folder_id, workspace_key: caller.workspace.key, version_key: key, claimed_at: 1 })
              .execute()
          })
        }
        await models.setAlias(caller, { name, alias: 'best', version: '1' })
      }
    },
    left: async () =>
      Object.fromEntries(
        await Promise.all(TABLES.map(async (table) => [table, await bed.rowsLeft(table)] as const)),
      ),
    async removeAll(caller: Caller): Promise<number> {
      for (let slices = 1; ; slices++) if (await residents.removeSlice(caller.workspace.key)) return slices
    },
  }
}

eachEngine('things of the registry in a workspace', TEST_MIGRATIONS, (open) => {
  test('are counted, in their own workspace, and make it not empty', async () => {
    await using db = await open()
    await using bed = await openResidents(db)
    const { residents, here, elsewhere } = bed
    await bed.fill(here, 3)
    await bed.models.delete(here, { name: 'm0' })
    const losses = (caller: Caller) => db.scan((reads) => residents.losses(reads, caller.workspace.key))
    assert.deepEqual(await losses(here), [
      { what: 'registered models', count: 2 },
      { what: 'model versions', count: 4 },
    ])
    assert.deepEqual(
      (await losses(elsewhere)).map(({ count }) => count),
      [0, 0],
    )
    const isEmpty = (caller: Caller) => db.inTx((tx) => residents.isEmpty(tx, caller.workspace.key))
    assert.deepEqual([await isEmpty(here), await isEmpty(elsewhere)], [false, true])
    for (const name of ['m1', 'm2']) await bed.models.delete(here, { name })
    assert.equal(await isEmpty(here), true)
  })

  test('all go in slices, and those of another workspace stay', async () => {
    await using db = await open()
    await using bed = await openResidents(db)
    await bed.fill(bed.elsewhere, 2)
    const before = await bed.left()
    await bed.fill(bed.here, 25)
    await bed.models.delete(bed.here, { name: 'm3' })
    await bed.removeAll(bed.here)
    assert.deepEqual(await bed.left(), before)
    assert.equal(await bed.removeAll(bed.here), 1)
  })

  test('it may be broken off anywhere and go on later, also beside the other removals and with two at work', async () => {
    await using db = await open()
    await using bed = await openResidents(db)
    const { here, residents, removeAll } = bed
    await bed.fill(here, 5)
    for (let i = 0; i < 3; i++) assert.equal(await residents.removeSlice(here.workspace.key), false)
    const workOff = makeWorkOffRegistryRemovals({ db, removeFiles: bed.artifacts.deleteArtifactsOf })
    await Promise.all([removeAll(here), removeAll(here), workOff()])
    await removeAll(here)
    assert.deepEqual(Object.values(await bed.left()), [0, 0, 0, 0, 0, 0, 0, 0])
  })
})
