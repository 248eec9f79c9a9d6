import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { makeModels } from '../models/make-models.ts'
import { makeRegistration } from '../registration/make-registration.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { promptText } from './prompt-text.ts'

const LONG = 'Tell me about {{subject}}. '.repeat(1_000)

eachEngine('whole texts of the registry', TEST_MIGRATIONS, (open) => {
  test('tags and descriptions of models and versions are found in full, in their workspace only', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const { here, elsewhere } = bed
    const models = makeModels(bed.deps)
    const versions = makeRegistration(bed.deps)
    await models.create(here, {
      name: 'hello',
      description: `of the model: ${LONG}`,
      tags: [
        { key: 'mlflow.prompt.is_prompt', value: 'true' },
        { key: 'about', value: `tag: ${LONG}` },
      ],
    })
    await versions.create(here, {
      name: 'hello',
      source: 'prompt-template',
      description: 'of the version',
      tags: [
        { key: 'mlflow.prompt.is_prompt', value: 'true' },
        { key: 'mlflow.prompt.text', value: LONG },
      ],
    })
    const text = (of: Parameters<typeof promptText>[2], workspace = here.workspace.key) =>
      promptText(db.read, workspace, of)
    assert.equal(await text({ name: 'hello', version: 1, key: 'mlflow.prompt.text' }), LONG)
    assert.equal(await text({ name: 'hello', version: 1 }), 'of the version')
    assert.equal(await text({ name: 'hello', key: 'about' }), `tag: ${LONG}`)
    assert.equal(await text({ name: 'hello' }), `of the model: ${LONG}`)
    for (const gone of [
      { name: 'nobody' },
      { name: 'hello', key: 'nothing' },
      { name: 'hello', version: 2, key: 'mlflow.prompt.text' },
      { name: 'hello', version: 1, key: 'about' },
    ]) {
      assert.equal(await text(gone), undefined, JSON.stringify(gone))
    }
    assert.equal(await text({ name: 'hello' }, elsewhere.workspace.key), undefined)
  })
})
