import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { FILES, isInvalid, isMissing, openVersions } from '../testing/open-versions.ts'

eachEngine('registering by path', TEST_MIGRATIONS, (open) => {
  test('makes the model with its first version, then further versions', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const runId = await bed.runWith(bed.here, { 'out/model.pkl': 'weights', 'out/notes.md': 'x' })
    const input = { name: 'm', runId, path: 'out' }
    const first = await bed.versions.registerPath(bed.here, { ...input, description: 'first' })
    const second = await bed.versions.registerPath(bed.here, { ...input, path: 'out/model.pkl' })
    assert.deepEqual(
      [first.version, first.type, first.runsCode, first.description, first.manifest.files, first.source],
      [1, 'custom_model', true, 'first', 2, `runs:/${runId}/out`],
    )
    assert.deepEqual([second.version, second.manifest.files], [2, 1])
    assert.deepEqual(
      (await bed.events()).map(({ type }) => type),
      ['model.registered', 'version.created', 'version.created'],
    )
    assert.equal((await bed.versions.registerPath(bed.elsewhere, await inElsewhere())).version, 1)

    async function inElsewhere() {
      return { ...input, runId: await bed.runWith(bed.elsewhere, { 'out/x': 'x' }) }
    }
  })

  test('takes a logged model, or a folder of it', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const modelId = await bed.loggedModelWith(bed.here, { ...FILES, 'extra/100% a?.txt': 'x' })
    const whole = await bed.versions.registerPath(bed.here, { name: 'm', modelId })
    const part = await bed.versions.registerPath(bed.here, { name: 'm', modelId, path: 'extra/' })
    const file = await bed.versions.registerPath(bed.here, {
      name: 'm',
      modelId,
      path: 'extra/100% a?.txt',
    })
    assert.deepEqual(
      [whole, part, file].map((v) => [v.source, v.manifest.files, v.type]),
      [
        [`models:/${modelId}`, 4, 'mlflow_model'],
        [`mlflow-artifacts:/0/models/${modelId}/artifacts/extra`, 1, 'custom_model'],
        [`mlflow-artifacts:/0/models/${modelId}/artifacts/extra/100%25 a%3F.txt`, 1, 'custom_model'],
      ],
    )
    assert.equal(JSON.parse((await bed.tagsOfLoggedModel(modelId))['mlflow.modelVersions']!).length, 3)
  })

  test('takes what a run has made under that name, unless the run has files there itself', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const { name } = await bed.tracking.loggedModels.get(bed.here, { modelId })
    const runId = await bed.runWith(bed.here, { 'own.txt': 'x' })
    const outputs = { runId, models: [{ modelId, step: 0 }] }
    const input = { name: 'm', runId, path: name }
    const nothing = isMissing(`No file and no folder with files is recorded at 'runs:/${runId}/${name}'.`)
    await assert.rejects(bed.versions.registerPath(bed.here, input), nothing)
    await bed.tracking.inputs.logOutputs(bed.here, outputs)
    const made = await bed.versions.registerPath(bed.here, input)
    assert.deepEqual(
      [made.source, made.modelId, made.runId, made.type],
      [`models:/${modelId}`, modelId, runId, 'mlflow_model'],
    )
    const { path: root } = await bed.artifacts.findRoot(bed.here, { runId })
    await bed.artifacts.writeArtifact(bed.here, `${root}/${name}/w.bin`, Readable.from([Buffer.from('own')]))
    const own = await bed.versions.registerPath(bed.here, input)
    assert.deepEqual([own.source, own.type], [`runs:/${runId}/${name}`, 'custom_model'])
  })

  test('the type is found out, and mlflow_model is refused where there is no MLmodel', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const runId = await bed.runWith(bed.here, {
      'good/MLmodel': FILES.MLmodel,
      'bad/MLmodel': 'flavors: [',
      'none/x': 'x',
    })
    const register = (path: string, type?: 'mlflow_model' | 'custom_model') =>
      bed.versions.registerPath(bed.here, { name: 'm', runId, path, type })
    await assert.rejects(register('bad', 'mlflow_model'), isInvalid('MLmodel is no sound YAML'))
    await assert.rejects(register('none', 'mlflow_model'), isInvalid('there is no MLmodel'))
    await assert.rejects(register('none', 'keras' as 'custom_model'), isInvalid("Invalid value 'keras'"))
    assert.equal(await bed.rowsLeft('registered_models'), 0)
    assert.equal((await register('good', 'custom_model')).type, 'custom_model')
    assert.equal((await register('good', 'mlflow_model')).type, 'mlflow_model')
    assert.equal((await register('bad')).type, 'custom_model')
    assert.equal((await bed.versions.summary(bed.here, { name: 'm', version: '3' }))?.warnings.length, 1)
  })

  test('says what is missing or not there', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const runId = await bed.runWith(bed.here, { 'out/x': 'x' })
    const register = (more: object) => bed.versions.registerPath(bed.here, { name: 'm', ...more })
    await assert.rejects(register({ path: 'out' }), isInvalid("Exactly one of 'run_id' and 'model_id'"))
    await assert.rejects(register({ runId, modelId: 'm-1' }), isInvalid('Exactly one of'))
    await assert.rejects(register({ runId }), isInvalid("parameter 'path'"))
    await assert.rejects(register({ runId, path: '../x' }), isInvalid('Invalid path'))
    await assert.rejects(register({ runId: 'a\0', path: 'x' }), isInvalid("'run_id'"))
    await assert.rejects(register({ runId: 'nobody', path: 'x' }), isMissing('nobody'))
    const deleted = await bed.loggedModelWith(bed.here, { 'a/x': 'x' })
    await bed.tracking.loggedModels.delete(bed.here, { modelId: deleted })
    await assert.rejects(register({ modelId: deleted, path: 'a' }), isMissing(`'${deleted}' not found`))
    await assert.rejects(register({ runId, path: 'none' }), isMissing(`recorded at 'runs:/${runId}/none'`))
    await assert.rejects(register({ modelId: 'm-1' }), isMissing("Logged model with ID 'm-1' not found."))
    await assert.rejects(register({ runId, path: 'out', name: 'a/b' }), isInvalid('Invalid model name'))
    assert.equal(await bed.rowsLeft('registered_models'), 0)
  })

  test('of ten at once one makes the model', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const runId = await bed.runWith(bed.here, { 'out/x': 'x' })
    const made = await Promise.all(
      Array.from({ length: 10 }, () =>
        bed.versions.registerPath(bed.here, { name: 'm', runId, path: 'out' }),
      ),
    )
    assert.deepEqual(
      made.map(({ version }) => version).sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
    assert.equal(await bed.rowsLeft('registered_models'), 1)
  })
})
