import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { IS_PROMPT_TAG } from '../registered-model.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { refusal } from '../testing/refusal.ts'
import { makeModels } from './make-models.ts'

const prompt = [{ key: IS_PROMPT_TAG, value: 'true' }]

eachEngine('tags of models', TEST_MIGRATIONS, (open) => {
  test('tags come, change and go without moving times', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const made = await models.create(bed.here, { name: 'm', tags: [{ key: 'k', value: 'old' }] })
    bed.later(5)
    await models.setTag(bed.here, { name: 'm', key: 'k', value: 'new' })
    await models.setTag(bed.here, { name: 'm', key: 'k', value: 'new' })
    await models.setTag(bed.here, { name: 'm', key: 'a/b: c', value: '' })
    await models.setTag(bed.here, { name: 'm', key: '__proto__', value: 'x'.repeat(100_000) })
    await models.deleteTag(bed.here, { name: 'm', key: 'a/b: c' })
    await models.deleteTag(bed.here, { name: 'm', key: 'never there' })
    const shown = await models.get(bed.here, { name: 'm' })
    assert.equal(shown.updatedAt, made.updatedAt)
    assert.deepEqual(shown.tags, [
      { key: '__proto__', value: 'x'.repeat(100_000) },
      { key: 'k', value: 'new' },
    ])
    const told = (await bed.events()).slice(1)
    assert.deepEqual(
      told.map(({ type, before, after }) => JSON.stringify([type, before, after])),
      [
        '["model.tag-set",{"tags":{"k":"old"}},{"tags":{"k":"new"},"kind":"model"}]',
        '["model.tag-set",{"tags":{}},{"tags":{"a/b: c":""},"kind":"model"}]',
        `["model.tag-set",{"tags":{}},{"tags":{"__proto__":"${'x'.repeat(1000)}"},"kind":"model"}]`,
        '["model.tag-deleted",{"tags":{"a/b: c":""}},{"tags":{},"kind":"model"}]',
      ],
    )
  })

  test('tags that MLflow refuses are refused before anything is written', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const tags: [key: string, value: string, says: RegExp][] = [
      ['', 'v', /for parameter 'key' supplied/],
      ['a|b', 'v', /Names may only contain alphanumerics/],
      ['../up', 'v', /must not resolve to other names/],
      ['k'.repeat(251), 'v', /'key' exceeds the maximum length of 250/],
      ['k', 'v'.repeat(100_001), /'value' exceeds the maximum length of 100000/],
      ['k', '\0', /NUL/],
    ]
    await models.create(bed.here, { name: 'm' })
    for (const [key, value, says] of tags) {
      const refused = refusal('INVALID_PARAMETER_VALUE', says)
      await assert.rejects(models.create(bed.here, { name: 'n', tags: [{ key, value }] }), refused)
      await assert.rejects(models.setTag(bed.here, { name: 'm', key, value }), refused)
      if (value === 'v') await assert.rejects(models.deleteTag(bed.here, { name: 'm', key }), refused)
    }
    assert.deepEqual([await bed.rowsLeft('registered_models'), (await bed.events()).length], [1, 1])
  })

  test('a model is a prompt exactly while its tag says true', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const kind = async () => (await models.get(bed.here, { name: 'm' })).kind
    await models.create(bed.here, { name: 'm', tags: [{ key: IS_PROMPT_TAG, value: 'True' }] })
    assert.equal(await kind(), 'model')
    await models.setTag(bed.here, { name: 'm', key: IS_PROMPT_TAG, value: 'true' })
    assert.equal(await kind(), 'prompt')
    await models.setTag(bed.here, { name: 'm', key: IS_PROMPT_TAG, value: 'false' })
    assert.equal(await kind(), 'model')
    await models.setTag(bed.here, { name: 'm', key: IS_PROMPT_TAG, value: 'true' })
    await models.setTag(bed.here, { name: 'm', key: 'other', value: 'false' })
    assert.equal(await kind(), 'prompt')
    await models.deleteTag(bed.here, { name: 'm', key: IS_PROMPT_TAG })
    assert.equal(await kind(), 'model')
    const born = await models.create(bed.here, { name: 'born', tags: prompt })
    assert.equal(born.kind, 'prompt')
    assert.deepEqual((await bed.events()).at(-1)?.after, {
      name: 'born',
      kind: 'prompt',
      description: null,
      tags: { [IS_PROMPT_TAG]: 'true' },
    })
  })
})
