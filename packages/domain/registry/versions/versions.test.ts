import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { findModel } from '../models/find-model.ts'
import { makeModels } from '../models/make-models.ts'
import { keepVersion } from '../testing/keep-version.ts'
import { openRegistry, reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { noModel, noVersion, refusal } from '../testing/refusal.ts'
import { makeVersionVerbs } from './make-version-verbs.ts'

/** A model `m` with one version in each of two workspaces. */
async function openVersions(db: Database) {
  const bed = await openRegistry(db)
  const models = makeModels(bed.deps)
  const versions = makeVersionVerbs(bed.deps)
  for (const caller of [bed.here, bed.elsewhere]) {
    await models.create(caller, { name: 'm' })
    const source = `s3://bucket/of-${caller.workspace.name}`
    await keepVersion(
      db,
      { ...caller, name: 'm' },
      { source, storage_location: source, run_id: 'r', run_link: 'l', model_id: 'm-1' },
    )
  }
  return { ...bed, models, versions }
}

/** Every verb that takes a version, called with it. */
const verbsOn = (
  versions: ReturnType<typeof makeVersionVerbs>,
  id: { name: string; version: string },
): [verb: string, call: (caller: Caller) => Promise<unknown>][] => [
  ['get', (caller) => versions.get(caller, id)],
  ['update', (caller) => versions.update(caller, { ...id, description: 'x' })],
  [
    'transitionStage',
    (caller) => versions.transitionStage(caller, { ...id, stage: 'Staging', archiveExisting: true }),
  ],
  ['delete', (caller) => versions.delete(caller, id)],
  ['downloadUri', (caller) => versions.downloadUri(caller, id)],
  ['setTag', (caller) => versions.setTag(caller, { ...id, key: 'k', value: 'v' })],
  ['deleteTag', (caller) => versions.deleteTag(caller, { ...id, key: 'k' })],
]

const ONE = { name: 'm', version: '1' }

eachEngine('versions', TEST_MIGRATIONS, (open) => {
  test('a version shows what was registered, each workspace its own', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    assert.deepEqual(await bed.versions.get(bed.here, ONE), {
      name: 'm',
      version: 1,
      stage: 'None',
      description: null,
      userId: 'ada',
      source: 's3://bucket/of-default',
      runId: 'r',
      runLink: 'l',
      modelId: 'm-1',
      status: 'READY',
      statusMessage: null,
      createdAt: 1,
      updatedAt: 1,
      tags: [],
      aliases: [],
      type: 'custom_model',
      runsCode: false,
      manifest: { state: 'outside', digest: null, files: 0, bytes: 0 },
    })
    assert.equal(await bed.versions.downloadUri(bed.elsewhere, ONE), 's3://bucket/of-elsewhere')
  })

  test('a version is loaded from where its source leads, not from its source', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const copy = { source: 'models:/m/1', storage_location: 's3://bucket/of-default' }
    const { version } = await keepVersion(db, { ...bed.here, name: 'm' }, copy)
    assert.equal(
      await bed.versions.downloadUri(bed.here, { name: 'm', version: `${version}` }),
      's3://bucket/of-default',
    )
  })

  test('a description is replaced, or taken away; the version’s time moves and the model’s does not', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const model = await bed.models.get(bed.here, { name: 'm' })
    const texts = ['one', 'one', '', undefined, undefined, 'x'.repeat(2000)]
    for (const [i, description] of texts.entries()) {
      bed.later(1)
      const shown = await bed.versions.update(bed.here, { ...ONE, description })
      assert.deepEqual(
        [shown.description, shown.updatedAt, shown.createdAt],
        [description ?? null, model.createdAt + i + 1, 1],
      )
      assert.deepEqual(await bed.versions.get(bed.here, ONE), shown)
    }
    assert.equal((await bed.models.get(bed.here, { name: 'm' })).updatedAt, model.updatedAt)
    const told = (await bed.events()).filter(({ type }) => type === 'version.updated')
    assert.deepEqual(
      told.map(({ subject, before, after }) => [subject, before?.description, after?.description]),
      [
        ['models/m/versions/1', null, 'one'],
        ['models/m/versions/1', 'one', ''],
        ['models/m/versions/1', '', null],
        ['models/m/versions/1', null, 'x'.repeat(1000)],
      ],
    )
    await assert.rejects(
      bed.versions.update(bed.here, { ...ONE, description: 'half \ud800' }),
      refusal('INVALID_PARAMETER_VALUE', /'description'.*half of a character/),
    )
  })

  test('tags come, change and go without moving times', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const { versions, here } = bed
    const before = await versions.get(here, ONE)
    bed.later(5)
    await versions.setTag(here, { ...ONE, key: 'k', value: 'v' })
    await versions.setTag(here, { ...ONE, key: 'k', value: 'v' })
    await versions.setTag(here, { ...ONE, key: 'k', value: 'w' })
    await versions.setTag(here, { ...ONE, key: 'mlflow.prompt.text', value: '🌲'.repeat(100_000) })
    await versions.deleteTag(here, { ...ONE, key: 'k' })
    await versions.deleteTag(here, { ...ONE, key: 'k' })
    await versions.setTag(here, { ...ONE, key: 'done', value: '' })
    assert.deepEqual(await versions.get(here, ONE), {
      ...before,
      tags: [
        { key: 'done', value: '' },
        { key: 'mlflow.prompt.text', value: '🌲'.repeat(100_000) },
      ],
    })
    assert.deepEqual((await versions.get(bed.elsewhere, ONE)).tags, [])
    const told = (await bed.events()).slice(2)
    const kind = 'model'
    assert.deepEqual(
      told.map(({ type, subject, before, after }) => [type, subject, before, after]),
      [
        ['version.tag-set', 'models/m/versions/1', { tags: {} }, { tags: { k: 'v' }, kind }],
        ['version.tag-set', 'models/m/versions/1', { tags: { k: 'v' } }, { tags: { k: 'w' }, kind }],
        [
          'version.tag-set',
          'models/m/versions/1',
          { tags: {} },
          { tags: { 'mlflow.prompt.text': '🌲'.repeat(500) }, kind },
        ],
        ['version.tag-deleted', 'models/m/versions/1', { tags: { k: 'w' } }, { tags: {}, kind }],
        ['version.tag-set', 'models/m/versions/1', { tags: {} }, { tags: { done: '' }, kind }],
      ],
    )
  })

  test('tags that MLflow refuses are refused', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const rows: [key: string, value: string, says: RegExp][] = [
      ['', 'v', /for parameter 'key' supplied/],
      ['a\nb', 'v', /Names may only contain/],
      ['k'.repeat(251), 'v', /'key' exceeds the maximum length of 250/],
      ['k', 'v'.repeat(100_001), /'value' exceeds the maximum length of 100000/],
      ['mlflow.prompt.text', 'v'.repeat(100_001), /^Prompt text exceeds max length of 100000 characters\.$/],
    ]
    for (const [key, value, says] of rows) {
      const refused = refusal('INVALID_PARAMETER_VALUE', says)
      await assert.rejects(bed.versions.setTag(bed.here, { ...ONE, key, value }), refused)
      if (value === 'v') await assert.rejects(bed.versions.deleteTag(bed.here, { ...ONE, key }), refused)
    }
    assert.equal(await bed.rowsLeft('version_tags'), 0)
  })

  test('a number may be written as Python reads it, and what is none is refused by every verb', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    for (const version of ['1', ' 1 ', '+1', '0_1', '\t1\n']) {
      assert.equal((await bed.versions.get(bed.here, { name: 'm', version })).version, 1)
    }
    for (const version of ['', 'abc', '1.0', '1__0', '0x1', 'latest', '1; drop table model_versions']) {
      const refused = refusal(
        'INVALID_PARAMETER_VALUE',
        `Parameter 'version' must be an integer, got '${version}'.`,
      )
      for (const [verb, call] of verbsOn(bed.versions, { name: 'm', version })) {
        await assert.rejects(call(bed.here), refused, verb)
      }
    }
    for (const [version, number] of [
      ['2', 2],
      ['0', 0],
      ['-1', 0],
      ['99999999999999999999', 0],
    ] as const) {
      for (const [verb, call] of verbsOn(bed.versions, { name: 'm', version })) {
        await assert.rejects(call(bed.here), noVersion('m', number), verb)
      }
    }
  })

  test('where name and number are both bad, the one is named that MLflow names', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const id = { name: 'a/b', version: 'x' }
    const badName = refusal('INVALID_PARAMETER_VALUE', /^Invalid model name 'a\/b'/)
    const badNumber = refusal('INVALID_PARAMETER_VALUE', /^Parameter 'version' must be an integer/)
    for (const [verb, call] of verbsOn(bed.versions, id)) {
      await assert.rejects(call(bed.here), verb === 'delete' ? badNumber : badName, verb)
    }
  })

  test('no verb finds a version of another workspace or of a hidden model, or leaves a trace of it', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await keepVersion(db, { ...bed.here, name: 'm' })
    const { key } = await findModel(db.read, bed.here, 'm')
    const id = { name: 'm', version: '2' }
    const before = await bed.versions.get(bed.here, id)
    for (const [verb, call] of verbsOn(bed.versions, id)) {
      await assert.rejects(call(bed.elsewhere), noVersion('m', 2), verb)
      await assert.rejects(call(reading(bed.here, { kind: 'all-except', keys: [key] })), noModel('m'), verb)
      await assert.rejects(call(reading(bed.here, { kind: 'only', keys: [] })), noModel('m'), verb)
    }
    assert.deepEqual(await bed.versions.get(bed.here, id), before)
    assert.equal((await bed.events()).length, 2)
  })
})
