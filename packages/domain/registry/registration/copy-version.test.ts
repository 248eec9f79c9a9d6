import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { RegistryTables } from '../registry-tables.ts'
import { reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { FILES, isInvalid, isMissing, openVersions } from '../testing/open-versions.ts'

const MUST_MATCH = 'The run_id and model_id request parameters must match the referenced model version.'

eachEngine('a version that is made of a version', TEST_MIGRATIONS, (open) => {
  test('has its files, its origin and its summary, under a number of its own', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('a')
    await bed.modelNamed('b')
    const runId = await bed.runWith(bed.here, {})
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const first = await bed.versions.create(bed.here, {
      name: 'a',
      source: `models:/${modelId}`,
      modelId,
      runId,
      tags: [{ key: 'mine', value: '1' }],
    })
    const told = await bed.tagsOfLoggedModel(modelId)
    const copy = await bed.versions.create(bed.here, { name: 'b', source: 'models:/a/1', runId })
    const { manifest, type, runsCode } = first
    assert.deepEqual(
      [copy.name, copy.version, copy.source, copy.runId, copy.modelId],
      ['b', 1, 'models:/a/1', runId, modelId],
    )
    assert.deepEqual(
      { manifest: copy.manifest, type: copy.type, runsCode: copy.runsCode },
      { manifest, type, runsCode },
    )
    assert.equal(
      copy.tags.find(({ key }) => key === 'mine'),
      undefined,
    )
    assert.equal(copy.tags.find(({ key }) => key === 'orrery.flavors')?.value, 'onnx,python_function')
    assert.deepEqual(await bed.filesOf('b', 1), await bed.filesOf('a', 1))
    assert.deepEqual(
      await bed.versions.summary(bed.here, { name: 'b', version: '1' }),
      await bed.versions.summary(bed.here, { name: 'a', version: '1' }),
    )
    assert.equal(
      await bed.versions.downloadUri(bed.here, { name: 'b', version: '1' }),
      `mlflow-artifacts:/0/models/${modelId}/artifacts`,
    )
    // MLflow's versions do not know of their logged model, so neither does it hear of copies.
    assert.deepEqual(await bed.tagsOfLoggedModel(modelId), told)
  })

  test('stands with the number that its alias, stage or latest meant', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('a')
    for (let i = 0; i < 4; i++) await bed.versions.create(bed.here, { name: 'a', source: `s3://b/${i}` })
    await bed.models.setAlias(bed.here, { name: 'a', alias: 'best', version: '2' })
    const toStage = (version: string, stage: string) =>
      bed.versions.transitionStage(bed.here, { name: 'a', version, stage, archiveExisting: false })
    await toStage('1', 'Production')
    await toStage('3', 'Production')
    const sourceOf = async (source: string) =>
      (await bed.versions.create(bed.here, { name: 'a', source })).source
    assert.equal(await sourceOf('models:/a@best'), 'models:/a/2')
    assert.equal(await sourceOf('models:/a/production'), 'models:/a/3')
    assert.equal(await sourceOf('models:/a/004'), 'models:/a/4')
    assert.equal(await sourceOf('models:/a/LATEST'), 'models:/a/7')
    assert.equal(await sourceOf('models:/a@latest'), 'models:/a/8')
    const copies = await db.read
      .tables<RegistryTables>()
      .selectFrom('model_versions')
      .select(['version', 'storage_location'])
      .where('version', '>', 4)
      .orderBy('version')
      .execute()
    // A copy of a copy lies where the first one does.
    assert.deepEqual(
      copies.map(({ storage_location }) => storage_location),
      ['s3://b/1', 's3://b/2', 's3://b/3', 's3://b/3', 's3://b/3'],
    )
  })

  test('names a version that is there and that the caller may read', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('a')
    await bed.modelNamed('b')
    const copyOf = (source: string, caller = bed.here) => bed.versions.create(caller, { name: 'b', source })
    await assert.rejects(copyOf('models:/a/1'), isMissing('Model Version (name=a, version=1) not found'))
    await assert.rejects(copyOf('models:/none/1'), isMissing('Registered Model with name=none not found'))
    await assert.rejects(copyOf('models:/a/latest'), isMissing("No versions of model with name 'a' found"))
    await assert.rejects(
      copyOf('models:/a/Staging'),
      isMissing("No versions of model with name 'a' and stage 'Staging' found"),
    )
    await assert.rejects(copyOf('models:/a/Nowhere'), isInvalid('Invalid Model Version stage: Nowhere.'))
    await assert.rejects(copyOf('models:/a@none'), isInvalid('Registered model alias none not found.'))
    await assert.rejects(copyOf('models:/a@\0'), isInvalid("'source'"))
    await assert.rejects(copyOf('models:/a@x%y'), isInvalid('Invalid alias name'))
    await assert.rejects(copyOf('models:/../1'), isInvalid('Invalid value'))
    await bed.versions.create(bed.here, { name: 'a', source: 's3://b/x' })
    const { key } = (await db.read
      .tables<RegistryTables>()
      .selectFrom('registered_models')
      .select('model_key as key')
      .where('name', '=', 'a')
      .executeTakeFirst())!
    const blind = reading(bed.here, { kind: 'all-except', keys: [key] })
    await assert.rejects(copyOf('models:/a/1', blind), isMissing('Registered Model with name=a not found'))
    await bed.modelNamed('b', bed.elsewhere)
    await assert.rejects(
      copyOf('models:/a/1', bed.elsewhere),
      isMissing('Registered Model with name=a not found'),
    )
  })

  test('has the run of that version, whether it is named or not', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('a')
    const runId = await bed.runWith(bed.here, { 'm/x': 'x' })
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const create = (more: { source: string; runId?: string; modelId?: string }) =>
      bed.versions.create(bed.here, { name: 'a', ...more })
    await create({ source: `runs:/${runId}/m`, runId })
    await create({ source: `models:/${modelId}`, modelId })
    assert.equal((await create({ source: 'models:/a/1' })).runId, runId)
    assert.equal((await create({ source: 'models:/a/1', runId, modelId: '' })).runId, runId)
    assert.equal((await create({ source: 'models:/a/2', runId: '', modelId: '' })).modelId, modelId)
    assert.equal((await create({ source: 'models:/a/2', modelId })).modelId, modelId)
    await assert.rejects(create({ source: 'models:/a/1', runId: '' }), isInvalid(MUST_MATCH))
    await assert.rejects(create({ source: 'models:/a/1', runId: 'other' }), isInvalid(MUST_MATCH))
    await assert.rejects(create({ source: 'models:/a/1', modelId }), isInvalid(MUST_MATCH))
    await assert.rejects(create({ source: 'models:/a/2', runId }), isInvalid(MUST_MATCH))
  })

  test('copies both ways at once end', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    for (const name of ['a', 'b']) {
      await bed.modelNamed(name)
      await bed.versions.create(bed.here, { name, source: `s3://b/${name}` })
    }
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        bed.versions.create(bed.here, {
          name: i % 2 === 0 ? 'a' : 'b',
          source: i % 2 === 0 ? 'models:/b/1' : 'models:/a/1',
        }),
      ),
    )
    const numbers = (name: string) =>
      made.flatMap((v) => (v.name === name ? v.version : [])).sort((a, b) => a - b)
    const expected = Array.from({ length: 10 }, (_, i) => i + 2)
    assert.deepEqual([numbers('a'), numbers('b')], [expected, expected])
  })
})
