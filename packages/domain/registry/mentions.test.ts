import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { findModel } from './models/find-model.ts'
import { makeCallRegistry } from './testing/call-registry.ts'
import { keepModels } from './testing/keep-models.ts'
import { openRegistry, TEST_MIGRATIONS } from './testing/open-registry.ts'
import { FILES, openVersions } from './testing/open-versions.ts'

eachEngine('events of the registry', TEST_MIGRATIONS, (open) => {
  test('say on which model it is decided who sees them, whatever happened to it', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const call = makeCallRegistry(bed.deps)
    await call(bed.here, { verb: 'create', name: 'a', description: 'one', isPrompt: 'true' })
    const { key } = await findModel(db.read, bed.here, 'a')
    await call(bed.here, { verb: 'update', name: 'a', description: 'two' })
    await call(bed.here, { verb: 'setTag', name: 'a', key: 'k', value: 'v' })
    await call(bed.here, { verb: 'deleteTag', name: 'a', key: 'k' })
    await call(bed.here, { verb: 'addVersion', name: 'a' })
    await call(bed.here, { verb: 'updateVersion', name: 'a', version: '1', description: 'v' })
    await call(bed.here, { verb: 'setVersionTag', name: 'a', version: '1', key: 'k', value: 'v' })
    await call(bed.here, { verb: 'deleteVersionTag', name: 'a', version: '1', key: 'k' })
    await call(bed.here, { verb: 'transition', name: 'a', version: '1', stage: 'Staging', archive: false })
    await call(bed.here, { verb: 'setAlias', name: 'a', alias: 'best', version: '1' })
    await call(bed.here, { verb: 'deleteAlias', name: 'a', alias: 'best' })
    await call(bed.here, { verb: 'rename', name: 'a', newName: 'b' })
    await call(bed.here, { verb: 'deleteVersion', name: 'b', version: '1' })
    await call(bed.here, { verb: 'delete', name: 'b' })
    const told = await bed.events()
    assert.deepEqual([told.length, [...new Set(told.map(({ on }) => on))]], [14, [key]])
  })

  test('say whether it is a prompt, wherever readers tell prompts from models', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const call = makeCallRegistry(bed.deps)
    await call(bed.here, { verb: 'create', name: 'p', description: undefined, isPrompt: 'true' })
    await call(bed.here, { verb: 'addVersion', name: 'p' })
    await call(bed.here, { verb: 'setAlias', name: 'p', alias: 'best', version: '1' })
    await call(bed.here, { verb: 'setTag', name: 'p', key: 'k', value: 'v' })
    await call(bed.here, { verb: 'setVersionTag', name: 'p', version: '1', key: 'k', value: 'v' })
    await call(bed.here, { verb: 'setTag', name: 'p', key: 'mlflow.prompt.is_prompt', value: 'false' })
    await call(bed.here, { verb: 'deleteAlias', name: 'p', alias: 'best' })
    await call(bed.here, { verb: 'deleteVersion', name: 'p', version: '1' })
    assert.deepEqual(
      (await bed.events()).map(({ type, before, after }) => [type, (after ?? before)?.kind]),
      [
        ['model.registered', 'prompt'],
        ['version.created', 'prompt'],
        ['alias.set', 'prompt'],
        ['model.tag-set', 'prompt'],
        ['version.tag-set', 'prompt'],
        ['model.tag-set', 'model'],
        ['alias.removed', 'model'],
        ['version.deleted', 'model'],
      ],
    )
  })

  test('name the other things whose story they belong to', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { here } = bed
    await bed.modelNamed('a')
    await bed.modelNamed('copy')
    const modelId = await bed.loggedModelWith(here, FILES)
    const runId = await bed.runWith(here, { 'model/MLmodel': 'flavors: {}\n' })
    await bed.versions.create(here, { name: 'a', source: `models:/${modelId}`, modelId })
    await bed.versions.create(here, { name: 'a', source: `runs:/${runId}/model`, runId })
    await bed.versions.create(here, { name: 'copy', source: 'models:/a/1' })
    const move = { name: 'a', stage: 'Production' }
    await bed.versions.transitionStage(here, { ...move, version: '1', archiveExisting: false })
    await bed.versions.transitionStage(here, { ...move, version: '2', archiveExisting: true })
    await bed.models.setAlias(here, { name: 'a', alias: 'best', version: '1' })
    await bed.models.setAlias(here, { name: 'a', alias: 'best', version: '2' })
    await bed.models.rename(here, { name: 'a', newName: 'b' })
    await bed.models.deleteAlias(here, { name: 'b', alias: 'best' })
    await bed.models.delete(here, { name: 'b' })
    const told = (await bed.events()).filter(({ also }) => also !== undefined)
    assert.deepEqual(
      told.map(({ type, subject, also }) => [type, subject, also]),
      [
        ['version.created', 'models/a/versions/1', [`logged-models/${modelId}`]],
        ['version.created', 'models/a/versions/2', [`runs/${runId}`]],
        ['version.created', 'models/copy/versions/1', [`logged-models/${modelId}`, 'models/a/versions/1']],
        ['stage.changed', 'models/a/versions/2', ['models/a/versions/1']],
        ['alias.set', 'models/a', ['models/a/versions/1']],
        ['alias.set', 'models/a', ['models/a/versions/1', 'models/a/versions/2']],
        ['model.renamed', 'models/b', ['models/a']],
        ['alias.removed', 'models/b', ['models/b/versions/2']],
        ['model.deleted', 'models/b', ['models/b/versions/2', 'models/b/versions/1']],
      ],
    )
  })

  test('name a hundred of them at most', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const versions = Array.from({ length: 300 }, (_, i) => ({ version: i + 1, stage: 'Staging' as const }))
    await keepModels(db, bed.here.workspace.key, [{ name: 'a', versions }])
    const call = makeCallRegistry(bed.deps)
    await call(bed.here, { verb: 'transition', name: 'a', version: '300', stage: 'Staging', archive: true })
    await call(bed.here, { verb: 'delete', name: 'a' })
    const [moved, deleted] = (await bed.events()).map(({ also = [] }) => also)
    assert.deepEqual(
      [moved?.length, moved?.[0], moved?.at(-1)],
      [100, 'models/a/versions/1', 'models/a/versions/100'],
    )
    assert.deepEqual([deleted?.length, deleted?.[0]], [100, 'models/a/versions/300'])
  })
})
