import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeModels } from '../models/make-models.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { makeVersionVerbs } from '../versions/make-version-verbs.ts'
import { makeWorkOffRegistryRemovals, type RemoveFiles } from './work-off-removals.ts'

async function openModels(db: Database) {
  const bed = await openRegistry(db)
  const models = makeModels(bed.deps)
  for (const caller of [bed.here, bed.elsewhere]) {
    for (const name of ['m', 'n']) await models.create(caller, { name })
  }
  const workOff = (removeFiles: RemoveFiles = bed.artifacts.deleteArtifactsOf, signal?: AbortSignal) =>
    makeWorkOffRegistryRemovals({ db, removeFiles })(signal)
  const left = () =>
    Promise.all(
      (['model_versions', 'version_tags', 'version_files', 'registry_removals'] as const).map(bed.rowsLeft),
    )
  return { ...bed, models, versions: makeVersionVerbs(bed.deps), workOff, left }
}

const files = (count: number) => Array.from({ length: count }, (_, i) => `data/${i}.bin`)

async function keepMany(
  bed: Awaited<ReturnType<typeof openModels>>,
  caller: Caller,
  count: number,
  each: number,
) {
  for (let i = 1; i <= count; i++) {
    await keepVersion(bed.deps.db, { ...caller, name: 'm' }, { files: files(each) })
    await bed.versions.setTag(caller, { name: 'm', version: `${i}`, key: 'k', value: 'v' })
  }
}

/** A folder of the registry's own with a file, recorded and claimed as an import leaves it. */
async function keepFolder(bed: Awaited<ReturnType<typeof openModels>>, caller: Caller, folder: string) {
  const { db, store } = bed.deps
  const key = `${caller.workspace.key}/registry/${folder}/artifacts/MLmodel`
  async function* body() {
    yield Buffer.from('flavors: {}')
  }
  const { size, etag, sha256, modifiedAtMs } = await store.write(key, body())
  await db.inTx(async (tx) => {
    await tx
      .tables<RegistryTables>()
      .insertInto('version_folders')
      .values({ folder_id: folder, workspace_key: caller.workspace.key, version_key: 1, claimed_at: 1 })
      .execute()
    await tx
      .tables<{ artifact_files: Record<string, string | number | null> }>()
      .insertInto('artifact_files')
      .values({
        workspace_key: caller.workspace.key,
        root: `registry/${folder}/artifacts`,
        path: 'MLmodel',
        size,
        etag,
        sha256,
        written_at: modifiedAtMs,
      })
      .execute()
  })
  return {
    isThere: async () => (await store.stat(key)) !== undefined,
    recorded: async () => {
      const rows = await db.read
        .tables<{ artifact_files: { root: string } }>()
        .selectFrom('artifact_files')
        .select('root')
        .where('root', '=', `registry/${folder}/artifacts`)
        .execute()
      return rows.length
    },
  }
}

eachEngine('removals of the registry', TEST_MIGRATIONS, (open) => {
  test('a deleted model leaves no rows, and no other model or workspace loses any', async () => {
    await using db = await open()
    await using bed = await openModels(db)
    await keepMany(bed, bed.here, 120, 12)
    await keepMany(bed, bed.elsewhere, 2, 1)
    await keepVersion(db, { ...bed.here, name: 'n' }, { files: files(5) })
    await bed.models.delete(bed.here, { name: 'm' })
    assert.deepEqual(await bed.left(), [123, 122, 1447, 1])
    // Made anew before the old one’s versions are gone: they are not its versions.
    await bed.models.create(bed.here, { name: 'm' })
    await keepVersion(db, { ...bed.here, name: 'm' })
    await bed.workOff()
    assert.deepEqual(await bed.left(), [4, 2, 7, 0])
    assert.deepEqual(
      (await bed.models.get(bed.here, { name: 'm' })).latestVersions.map(({ version }) => version),
      [1],
    )
    await bed.workOff()
    assert.deepEqual(await bed.left(), [4, 2, 7, 0])
  })

  test('a version with a manifest of many files goes in slices', async () => {
    await using db = await open()
    await using bed = await openModels(db)
    await keepVersion(db, { ...bed.here, name: 'm' }, { files: files(4500) })
    await keepVersion(db, { ...bed.here, name: 'm' }, { files: files(2) })
    await bed.versions.delete(bed.here, { name: 'm', version: '1' })
    assert.deepEqual(await bed.left(), [1, 0, 3502, 1])
    await bed.workOff()
    assert.deepEqual(await bed.left(), [1, 0, 2, 0])
  })

  test('it may be broken off anywhere and go on later, also with two at work', async () => {
    await using db = await open()
    await using bed = await openModels(db)
    await keepMany(bed, bed.here, 60, 40)
    await bed.models.delete(bed.here, { name: 'm' })
    const ended = new AbortController()
    ended.abort()
    await bed.workOff(undefined, ended.signal)
    assert.deepEqual(await bed.left(), [60, 60, 2400, 1])
    await Promise.all([bed.workOff(), bed.workOff()])
    assert.deepEqual(await bed.left(), [0, 0, 0, 0])
  })

  test('a folder goes with the last of the versions that share it, from the store and from the records', async () => {
    await using db = await open()
    await using bed = await openModels(db)
    const folder = await keepFolder(bed, bed.here, 'shared')
    const other = await keepFolder(bed, bed.here, 'other')
    const theirs = await keepFolder(bed, bed.elsewhere, 'theirs')
    const shared = { folder_id: 'shared' }
    await keepVersion(db, { ...bed.here, name: 'm' }, shared)
    await keepVersion(db, { ...bed.here, name: 'm' }, shared)
    await keepVersion(db, { ...bed.here, name: 'n' }, shared)
    await keepVersion(db, { ...bed.here, name: 'n' }, { folder_id: 'other' })
    await bed.models.delete(bed.here, { name: 'm' })
    await bed.workOff()
    assert.deepEqual([await folder.isThere(), await folder.recorded()], [true, 1])
    assert.deepEqual([await bed.rowsLeft('version_folders'), await bed.rowsLeft('registry_removals')], [3, 0])
    await bed.versions.delete(bed.here, { name: 'n', version: '1' })
    await bed.workOff()
    assert.deepEqual([await folder.isThere(), await folder.recorded()], [false, 0])
    for (const kept of [other, theirs]) {
      assert.deepEqual([await kept.isThere(), await kept.recorded()], [true, 1])
    }
    assert.deepEqual([await bed.rowsLeft('version_folders'), await bed.rowsLeft('registry_removals')], [2, 0])
  })

  test('where the files cannot be removed, it is tried again', async () => {
    await using db = await open()
    await using bed = await openModels(db)
    const folder = await keepFolder(bed, bed.here, 'f')
    await keepVersion(db, { ...bed.here, name: 'm' }, { folder_id: 'f' })
    await bed.versions.delete(bed.here, { name: 'm', version: '1' })
    const away = async () => {
      throw new Error('the disk is away')
    }
    await assert.rejects(bed.workOff(away), /the disk is away/)
    assert.deepEqual([await bed.rowsLeft('registry_removals'), await bed.rowsLeft('version_folders')], [1, 1])
    await bed.workOff()
    assert.equal(await folder.isThere(), false)
    assert.deepEqual([await bed.rowsLeft('registry_removals'), await bed.rowsLeft('version_folders')], [0, 0])
  })
})
