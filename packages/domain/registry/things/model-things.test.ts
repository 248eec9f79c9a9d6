import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeModels } from '../models/make-models.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { findModelKey, modelNames } from './model-things.ts'

eachEngine('models in grants', TEST_MIGRATIONS, (open) => {
  test('models and prompts are found and named in their workspace only, under their present name', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { here, elsewhere } = bed
    const models = makeModels(bed.deps)
    await models.create(here, { name: 'wine' })
    await models.create(here, { name: 'hello', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] })
    const [wine, hello] = [
      await findModelKey(db.read, here.workspace.key, 'wine'),
      await findModelKey(db.read, here.workspace.key, 'hello'),
    ]
    assert.ok(wine !== undefined && hello !== undefined && wine !== hello)
    assert.equal(await findModelKey(db.read, elsewhere.workspace.key, 'wine'), undefined)
    assert.equal(await findModelKey(db.read, here.workspace.key, 'Wine'), undefined)
    await models.rename(here, { name: 'wine', newName: 'beer' })
    const names = await modelNames(db.read, here.workspace.key, [wine, hello, 999])
    assert.deepEqual(
      [...names].sort(([a], [b]) => a - b),
      [
        [wine, 'beer'],
        [hello, 'hello'],
      ],
    )
    assert.equal((await modelNames(db.read, elsewhere.workspace.key, [wine])).size, 0)
  })
})
