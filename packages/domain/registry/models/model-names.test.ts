import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { IS_PROMPT_TAG } from '../registered-model.ts'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { noModel, refusal } from '../testing/refusal.ts'
import { findModel } from './find-model.ts'
import { makeModels } from './make-models.ts'

const prompt = [{ key: IS_PROMPT_TAG, value: 'true' }]

/** Every verb that takes the name of a model, called with it. */
const verbsOn = (models: ReturnType<typeof makeModels>, name: string) =>
  [
    ['get', (caller) => models.get(caller, { name })],
    ['update', (caller) => models.update(caller, { name, description: 'x' })],
    ['rename', (caller) => models.rename(caller, { name, newName: 'other' })],
    ['delete', (caller) => models.delete(caller, { name })],
    ['setTag', (caller) => models.setTag(caller, { name, key: 'k', value: 'v' })],
    ['deleteTag', (caller) => models.deleteTag(caller, { name, key: 'k' })],
    ['setAlias', (caller) => models.setAlias(caller, { name, version: '1', alias: 'a' })],
    ['deleteAlias', (caller) => models.deleteAlias(caller, { name, alias: 'a' })],
  ] satisfies [verb: string, call: (caller: Parameters<typeof models.get>[0]) => Promise<unknown>][]

eachEngine('names of models, and who sees them', TEST_MIGRATIONS, (open) => {
  for (const name of [
    'モデル',
    'a"b\'c',
    '100%',
    'a\\b',
    'a b ',
    '.hidden',
    '__proto__',
    "'; drop table registered_models; --",
    '😀'.repeat(256),
    '%',
  ]) {
    test(`every verb finds a model called ${name.slice(0, 20)}`, async () => {
      await using db = await open()
      await using bed = await openRegistry(db)
      const models = makeModels(bed.deps)
      await models.create(bed.here, { name: 'bystander' })
      await models.create(bed.here, { name })
      await models.setTag(bed.here, { name, key: 'k', value: name })
      await keepVersion(db, { ...bed.here, name })
      await models.setAlias(bed.here, { name, version: '1', alias: 'best' })
      await models.update(bed.here, { name, description: name })
      const shown = await models.get(bed.here, { name })
      assert.deepEqual(
        [shown.name, shown.tags, shown.aliases, shown.latestVersions.map((version) => version.name)],
        [name, [{ key: 'k', value: name }], [{ alias: 'best', version: 1 }], [name]],
      )
      await models.deleteAlias(bed.here, { name, alias: 'best' })
      await models.deleteTag(bed.here, { name, key: 'k' })
      await models.rename(bed.here, { name, newName: 'plain' })
      await models.rename(bed.here, { name: 'plain', newName: name })
      await models.delete(bed.here, { name })
      await assert.rejects(models.get(bed.here, { name }), noModel(name))
      assert.equal((await models.get(bed.here, { name: 'bystander' })).name, 'bystander')
      const subjects = new Set((await bed.events()).map(({ subject }) => subject))
      assert.deepEqual(subjects, new Set(['models/bystander', `models/${name}`, 'models/plain']))
    })
  }

  for (const [name, says] of [
    ['', /^Missing value for required parameter '/],
    [' ', /^Missing value for required parameter '/],
    ['a/b', /^Invalid model name 'a\/b'\. Names cannot contain/],
    ['models:/a', /Names cannot contain/],
    ['..', /must not resolve to other names/],
    ['a\0b', /NUL/],
    ['x'.repeat(257), /exceeds the maximum length of 256 characters/],
  ] as const) {
    test(`no verb takes ${JSON.stringify(name.slice(0, 20))} for a model's name`, async () => {
      await using db = await open()
      await using bed = await openRegistry(db)
      const models = makeModels(bed.deps)
      const refused = refusal('INVALID_PARAMETER_VALUE', says)
      await assert.rejects(models.create(bed.here, { name }), refused)
      for (const [, call] of verbsOn(models, name)) await assert.rejects(call(bed.here), refused)
      await models.create(bed.here, { name: 'a' })
      await assert.rejects(models.rename(bed.here, { name: 'a', newName: name }), refused)
      assert.equal((await bed.events()).length, 1)
    })
  }

  test('a name that is taken is refused in the words of MLflow', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    await models.create(bed.here, { name: 'm' })
    await models.create(bed.here, { name: "it's", tags: prompt })
    await models.create(bed.here, { name: 'q', tags: [{ key: IS_PROMPT_TAG, value: 'false' }] })
    const rows: [name: string, tags: typeof prompt, message: string][] = [
      ['m', [], 'Registered Model (name=m) already exists.'],
      ["it's", prompt, "Prompt (name=it's) already exists."],
      // MLflow looks for the tag here and not at its value.
      ['q', prompt, 'Prompt (name=q) already exists.'],
      [
        'm',
        prompt,
        "Tried to create a prompt with name 'm', but the name is already taken by a registered model. MLflow does not allow creating a model and a prompt with the same name.",
      ],
      [
        "it's",
        [],
        'Tried to create a registered model with name "it\'s", but the name is already taken by a prompt. MLflow does not allow creating a model and a prompt with the same name.',
      ],
    ]
    for (const [name, tags, message] of rows) {
      await assert.rejects(
        models.create(bed.here, { name, tags }),
        refusal('RESOURCE_ALREADY_EXISTS', message),
      )
    }
    assert.equal((await bed.events()).length, 3)
    assert.equal(await bed.rowsLeft('registered_model_tags'), 2)
  })

  test('names differ by every byte', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    const names = ['a', 'A', 'a ', 'ä', 'a\u0308']
    for (const name of names) await models.create(bed.here, { name })
    for (const name of names) assert.equal((await models.get(bed.here, { name })).name, name)
  })

  test('no verb finds a model of another workspace, or one that is hidden, or leaves a trace of it', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const models = makeModels(bed.deps)
    await models.create(bed.here, { name: 'm' })
    await keepVersion(db, { ...bed.here, name: 'm' })
    const { key } = await findModel(db.read, bed.here, 'm')
    const blind = reading(bed.here, { kind: 'all-except', keys: [key] })
    const before = await models.get(bed.here, { name: 'm' })
    for (const caller of [bed.elsewhere, blind, reading(bed.here, { kind: 'only', keys: [] })]) {
      for (const [verb, call] of verbsOn(models, 'm')) {
        await assert.rejects(call(caller), noModel('m'), verb)
      }
    }
    assert.deepEqual(await models.get(bed.here, { name: 'm' }), before)
    assert.equal((await bed.events()).length, 1)
    // That the name is taken must be said; whether by a model or a prompt need not.
    await assert.rejects(
      models.create(blind, { name: 'm', tags: prompt }),
      refusal('RESOURCE_ALREADY_EXISTS', 'Prompt (name=m) already exists.'),
    )
    const theirs = await models.create(bed.elsewhere, { name: 'm', tags: prompt })
    await models.delete(bed.elsewhere, { name: 'm' })
    assert.equal(theirs.kind, 'prompt')
    assert.deepEqual(await models.get(bed.here, { name: 'm' }), before)
    assert.deepEqual(
      (await bed.events()).map(({ workspaceKey, type }) => [workspaceKey, type]),
      [
        [bed.here.workspace.key, 'model.registered'],
        [bed.elsewhere.workspace.key, 'model.registered'],
        [bed.elsewhere.workspace.key, 'model.deleted'],
      ],
    )
  })
})
