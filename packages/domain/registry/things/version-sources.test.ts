import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { FILES, openVersions } from '../testing/open-versions.ts'
import { sourcesOf, versionsFrom } from './version-sources.ts'

eachEngine('sources of versions', TEST_MIGRATIONS, (open) => {
  test('are found from either side, copies too, in their workspace only', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { here, elsewhere } = bed
    await bed.modelNamed('a')
    await bed.modelNamed('b')
    const runId = await bed.runWith(here, { 'm/x': 'x' })
    const modelId = await bed.loggedModelWith(here, FILES)
    await bed.versions.create(here, { name: 'a', source: `runs:/${runId}/m`, runId })
    await bed.versions.create(here, { name: 'a', source: `models:/${modelId}`, modelId })
    await bed.versions.create(here, { name: 'a', source: 's3://bucket/x' })
    await bed.versions.create(here, { name: 'b', source: 'models:/a/1' })
    const from = (owner: string, { workspace } = here) => versionsFrom(db.read, workspace.key, owner)
    assert.deepEqual(await from(`runs/${runId}`), ['models/a/versions/1', 'models/b/versions/1'])
    assert.deepEqual(await from(`logged-models/${modelId}`), ['models/a/versions/2'])
    for (const nothing of [
      'runs/',
      'runs/none',
      `runs/${runId}/artifacts/m`,
      'experiments/1',
      'models/a',
      '',
    ]) {
      assert.deepEqual(await from(nothing), [], nothing)
    }
    assert.deepEqual(await from(`runs/${runId}`, elsewhere), [])
    const sources = async (subject: string, { workspace } = here) =>
      (await sourcesOf(db.read, workspace.key, subject)).toSorted()
    assert.deepEqual(await sources('models/a'), [`logged-models/${modelId}`, `runs/${runId}`])
    assert.deepEqual(await sources('models/a/versions/2'), [`logged-models/${modelId}`])
    assert.deepEqual(await sources('models/a/versions/3'), [])
    assert.deepEqual(await sources('models/b'), [`runs/${runId}`])
    assert.deepEqual(await sources('models/c'), [])
    assert.deepEqual(await sources('models/a', elsewhere), [])
  })
})
