import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { openRegistry, TEST_MIGRATIONS } from './open-registry.ts'

eachEngine('what the tests of the registry stand on', TEST_MIGRATIONS, (open) => {
  test('files of runs and logged models are recorded with their digests', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const run = await bed.runWith(bed.here, { 'model/MLmodel': 'flavors: {}\n', 'model/data/a.bin': 'a' })
    const model = await bed.loggedModelWith(bed.elsewhere, { MLmodel: 'flavors: {}\n' })
    const files = await db.read
      .tables<{ artifact_files: { root: string; path: string; sha256: string | null } }>()
      .selectFrom('artifact_files')
      .select(['root', 'path', 'sha256'])
      .orderBy('path')
      .execute()
    assert.deepEqual(
      files.map(({ root, path }) => `${root}/${path}`),
      [
        `0/models/${model}/artifacts/MLmodel`,
        `0/${run}/artifacts/model/MLmodel`,
        `0/${run}/artifacts/model/data/a.bin`,
      ].sort((a, b) => (a.slice(a.indexOf('artifacts')) < b.slice(b.indexOf('artifacts')) ? -1 : 1)),
    )
    assert.ok(files.every(({ sha256 }) => sha256?.length === 64))
    assert.deepEqual(await bed.events(), [])
    assert.equal(await bed.rowsLeft('model_versions'), 0)
  })
})
