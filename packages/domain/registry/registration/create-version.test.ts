import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { readEvents } from '../../events/index.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { reading, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { FILES, isInvalid, isMissing, MLMODEL, openVersions, sha256 } from '../testing/open-versions.ts'

eachEngine('registering a version', TEST_MIGRATIONS, (open) => {
  test('a folder of a run has a manifest, a summary and tags, and the event tells it', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    bed.later(5)
    const runId = await bed.runWith(bed.here, {
      ...Object.fromEntries(Object.entries(FILES).map(([path, text]) => [`model/${path}`, text])),
      'model2/x': 'not of the model',
      'model.txt': 'not either',
    })
    const source = `runs:/${runId}/model`
    const version = await bed.versions.create(bed.here, {
      name: 'm',
      source,
      runId,
      tags: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
        { key: 'orrery.source.experiment_id', value: 'mine' },
      ],
      runLink: 'https://elsewhere/run',
      description: 'first',
    })
    const manifest = [
      { path: 'MLmodel', size: MLMODEL.length, sha256: sha256(MLMODEL) },
      { path: 'model.onnx', size: 7, sha256: sha256('weights') },
      { path: 'requirements.txt', size: 20, sha256: sha256(FILES['requirements.txt']) },
    ]
    assert.deepEqual(await bed.filesOf('m', 1), manifest)
    const digest = sha256(manifest.map((file) => `${file.sha256}  ${file.size}  ${file.path}\n`).join(''))
    assert.deepEqual(version, {
      name: 'm',
      version: 1,
      stage: 'None',
      description: 'first',
      userId: 'local-owner',
      source,
      runId,
      runLink: 'https://elsewhere/run',
      modelId: '',
      status: 'READY',
      statusMessage: null,
      createdAt: 1_700_000_000_005,
      updatedAt: 1_700_000_000_005,
      tags: [
        { key: 'a', value: '2' },
        { key: 'orrery.flavors', value: 'onnx,python_function' },
        { key: 'orrery.signature', value: 'true' },
        { key: 'orrery.source.experiment_id', value: 'mine' },
        { key: 'orrery.source.run_id', value: runId },
      ],
      aliases: [],
      type: 'mlflow_model',
      runsCode: false,
      manifest: { state: 'complete', digest, files: 3, bytes: MLMODEL.length + 27 },
    })
    assert.deepEqual(await bed.versions.summary(bed.here, { name: 'm', version: '1' }), {
      flavors: [
        { name: 'python_function', version: null, loaderModule: 'mlflow.onnx' },
        { name: 'onnx', version: '1.20.0', loaderModule: null },
      ],
      signature: {
        inputs: [{ type: 'double', name: 'a', required: true }],
        outputs: [{ type: 'double' }],
        params: null,
      },
      inputExample: 'input_example.json',
      requirements: ['onnx==1.20.0', '# why'],
      pythonVersion: '3.11.7',
      mlflowVersion: '3.17.2',
      modelUuid: '759fbf314307469784bc4100f2afd323',
      statedBytes: 1507,
      codeReasons: [],
      warnings: [],
    })
    assert.equal((await bed.models.get(bed.here, { name: 'm' })).updatedAt, 1_700_000_000_005)
    assert.equal(await bed.versions.downloadUri(bed.here, { name: 'm', version: '1' }), source)
    const told = (await bed.events()).filter(({ type }) => type === 'version.created')
    assert.deepEqual(
      told.map(({ subject, after }) => [subject, after]),
      [
        [
          'models/m/versions/1',
          {
            name: 'm',
            version: 1,
            kind: 'model',
            source,
            runId,
            modelId: '',
            manifestDigest: digest,
            description: version.description,
            tags: Object.fromEntries(version.tags.map(({ key, value }) => [key, value])),
          },
        ],
      ],
    )
  })

  test('a logged model knows the versions that were made of it', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('mü"')
    const runId = await bed.runWith(bed.here, {})
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const input = { name: 'mü"', source: `models:/${modelId}`, modelId, runId }
    const version = await bed.versions.create(bed.here, input)
    await bed.versions.create(bed.here, input)
    assert.deepEqual(
      [version.modelId, version.runId, version.source, version.manifest.files],
      [modelId, runId, `models:/${modelId}`, 3],
    )
    assert.equal(
      await bed.versions.downloadUri(bed.here, { name: 'mü"', version: '1' }),
      `mlflow-artifacts:/0/models/${modelId}/artifacts`,
    )
    const tags = await bed.tagsOfLoggedModel(modelId)
    assert.equal(
      tags['mlflow.modelVersions'],
      '[{"name": "m\\u00fc\\"", "version": 1}, {"name": "m\\u00fc\\"", "version": 2}]',
    )
    const told = (await readEvents(db.read, 0, 1000)).filter(({ type }) => type === 'logged-model.tags-set')
    assert.equal(told.length, 2)
  })

  test("a logged model's own run is the version's, unless another is given", async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, {})
    const other = await bed.runWith(bed.here, {})
    const { modelId } = await bed.tracking.loggedModels.create(bed.here, {
      experimentId: '0',
      sourceRunId: runId,
    })
    const input = { name: 'm', source: `models:/${modelId}`, modelId }
    assert.equal((await bed.versions.create(bed.here, input)).runId, runId)
    assert.equal((await bed.versions.create(bed.here, { ...input, runId: other })).runId, other)
    const elsewhere = { name: 'm', source: 's3://bucket/m', modelId }
    assert.equal((await bed.versions.create(bed.here, elsewhere)).runId, runId)
  })

  test('a tag that is no list gives way, and an entry that is there stays alone', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const set = (value: string) =>
      bed.tracking.loggedModels.setTags(bed.here, {
        modelId,
        tags: [{ key: 'mlflow.modelVersions', value }],
      })
    const register = () => bed.versions.create(bed.here, { name: 'm', source: `models:/${modelId}`, modelId })
    const tag = async () => (await bed.tagsOfLoggedModel(modelId))['mlflow.modelVersions']
    await set('{"no": "list"}')
    await register()
    assert.equal(await tag(), '[{"name": "m", "version": 1}]')
    await set('[{"name": "m", "version": "1"}, {"name": "m", "version": 2}]')
    await register()
    assert.equal(await tag(), '[{"name": "m", "version": "1"}, {"name": "m", "version": 2}]')
    await set('[]')
    await register()
    assert.equal(await tag(), '[{"name": "m", "version": 3}]')
  })

  test('a source must lie with the run or logged model that is named', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const mine = await bed.runWith(bed.here, { 'model/a': 'a' })
    const other = await bed.runWith(bed.here, { 'model/a': 'b' })
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const gone = await bed.loggedModelWith(bed.here, FILES)
    await bed.tracking.loggedModels.delete(bed.here, { modelId: gone })
    const NOT_RUN = 'The run_id request parameter must identify the resource that contains the source.'
    const LOCAL = 'It is a path of some machine'
    const NOT_MODEL = 'The model_id request parameter must identify the resource that contains the source.'
    const rows: readonly (readonly [
      source: string,
      owner: { runId?: string; modelId?: string },
      why: string,
    ])[] = [
      [`runs:/${mine}/model`, {}, NOT_RUN],
      [`runs:/${mine}/model`, { runId: other }, NOT_RUN],
      [`runs:/${mine}/model`, { modelId }, NOT_MODEL],
      ['runs:/nobody/model', { runId: 'nobody' }, NOT_RUN],
      [`mlflow-artifacts:/0/${mine}/artifacts/model`, {}, NOT_RUN],
      [`mlflow-artifacts:/0/${mine}/artifacts/model`, { runId: other }, NOT_RUN],
      [`mlflow-artifacts:/0/${mine}/artifacts2`, { runId: mine }, NOT_RUN],
      [`mlflow-artifacts:/0/${mine}`, { runId: mine }, NOT_RUN],
      [`mlflow-artifacts:/0/${mine}/artifacts`, { runId: 'nobody' }, NOT_RUN],
      [
        `mlflow-artifacts:/0/${mine}/artifacts/%2e%2e/x`,
        { runId: mine },
        'It is no address with an absolute path',
      ],
      [`mlflow-artifacts:/0/${mine}/artifacts/model`, { modelId }, NOT_MODEL],
      [`models:/${modelId}`, {}, NOT_MODEL],
      [`models:/${modelId}`, { runId: mine }, NOT_MODEL],
      [`models:/${modelId}`, { modelId: gone }, NOT_MODEL],
      [`mlflow-artifacts:/0/models/${gone}/artifacts`, { modelId: gone }, NOT_MODEL],
      [`/0/${mine}/artifacts/model`, { runId: mine }, LOCAL],
      ['/etc', { modelId }, LOCAL],
      ['/etc', { runId: 'nobody' }, NOT_RUN],
      ['/etc', { modelId: gone }, NOT_MODEL],
      [
        'https://h/api/2.0/mlflow-artifacts/artifacts/x',
        { runId: mine },
        "'source' cannot use the 'https' scheme",
      ],
    ]
    for (const [source, owner, why] of rows) {
      await assert.rejects(bed.versions.create(bed.here, { name: 'm', source, ...owner }), isInvalid(why))
      // The source is looked at first, as in MLflow.
      await assert.rejects(bed.versions.create(bed.here, { name: 'none', source, ...owner }), isInvalid(why))
    }
    const elsewhere = { name: 'm', source: `runs:/${mine}/model`, runId: mine }
    await bed.modelNamed('m', bed.elsewhere)
    await assert.rejects(bed.versions.create(bed.elsewhere, elsewhere), isInvalid(NOT_RUN))
    await assert.rejects(
      bed.versions.create(bed.here, { name: 'm', source: `models:/${gone}`, modelId: gone }),
      isMissing(`Logged model with ID '${gone}' not found.`),
    )
    await assert.rejects(
      bed.versions.create(bed.here, { name: 'm', source: 's3://b/x', modelId: 'nobody' }),
      isMissing("Logged model with ID 'nobody' not found."),
    )
    assert.equal(await bed.rowsLeft('model_versions'), 0)
  })

  test('the address of a file store is one address in its spellings', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'a model/x': 'a' })
    for (const source of [
      `mlflow-artifacts:/0/${runId}/artifacts/a model`,
      `mlflow-artifacts:///0/${runId}/artifacts/a model/`,
      `mlflow-artifacts:/0/${runId}/artifacts/a%20model`,
      `runs:/${runId}/a model/`,
    ]) {
      const version = await bed.versions.create(bed.here, { name: 'm', source, runId })
      assert.deepEqual([version.source, version.manifest.files], [source, 1])
    }
  })

  test('a name, a tag or a text that cannot be kept is refused after the source', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const create = (more: object) => bed.versions.create(bed.here, { name: 'm', source: 's3://b/m', ...more })
    await assert.rejects(create({ name: '' }), isInvalid("'name'"))
    await assert.rejects(create({ source: '' }), isInvalid("'source'"))
    await assert.rejects(create({ source: 's3://b/\0' }), isInvalid("'source'"))
    await assert.rejects(create({ source: `s3://b/${'x'.repeat(2048)}` }), isInvalid("'source'"))
    await assert.rejects(create({ runId: 'a\0' }), isInvalid("'run_id'"))
    await assert.rejects(create({ modelId: 'x'.repeat(257) }), isInvalid("'model_id'"))
    await assert.rejects(create({ runLink: 'x'.repeat(2049) }), isInvalid("'run_link'"))
    await assert.rejects(create({ name: 'a/b' }), isInvalid('Invalid model name'))
    await assert.rejects(create({ tags: [{ key: '', value: '' }] }), isInvalid("'key'"))
    await assert.rejects(create({ description: 'x'.repeat(100_001) }), isInvalid("'description'"))
    await assert.rejects(create({ name: 'none' }), isMissing('Registered Model with name=none not found'))
    const { key } = (await db.read
      .tables<RegistryTables>()
      .selectFrom('registered_models')
      .select('model_key as key')
      .executeTakeFirst())!
    const blind = reading(bed.here, { kind: 'all-except', keys: [key] })
    await assert.rejects(
      bed.versions.create(blind, { name: 'm', source: 's3://b/m' }),
      isMissing('Registered Model with name=m not found'),
    )
    assert.equal(await bed.rowsLeft('model_versions'), 0)
  })

  test('files in another store are text to the server', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const version = await bed.versions.create(bed.here, { name: 'm', source: 's3://b/m', runId: 'nobody' })
    assert.deepEqual(
      [version.manifest, version.type, version.runsCode, version.tags, version.runId, version.description],
      [{ state: 'outside', digest: null, files: 0, bytes: 0 }, 'custom_model', true, [], 'nobody', ''],
    )
    assert.equal(await bed.versions.summary(bed.here, { name: 'm', version: '1' }), null)
  })

  test('a run or logged model that one may not read is named by nobody, wherever the files are', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, {})
    const modelId = await bed.loggedModelWith(bed.here, {})
    const there = await bed.runWith(bed.elsewhere, {})
    const noExperiment: Caller = {
      ...bed.here,
      readable: (kind) => (kind === 'experiment' ? { kind: 'only', keys: [] } : { kind: 'all' }),
    }
    const prompt = { source: 'prompt-template', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] }
    const create = (more: object) =>
      bed.versions.create(noExperiment, { name: 'm', source: 's3://b/m', ...more })
    for (const more of [{}, prompt]) {
      await assert.rejects(create({ ...more, runId }), isMissing(`Run with id=${runId} not found`))
      await assert.rejects(
        create({ ...more, modelId }),
        isMissing(`Logged model with ID '${modelId}' not found.`),
      )
      await assert.rejects(create({ ...more, runId: 'nobody', modelId }), /not found/)
    }
    assert.equal(await bed.rowsLeft('model_versions'), 0)
    for (const named of ['nobody', there]) assert.equal((await create({ runId: named })).runId, named)
    const seen = await bed.versions.create(bed.here, { name: 'm', source: 's3://b/m', runId, modelId })
    assert.deepEqual([seen.runId, seen.modelId], [runId, modelId])
    // What a version was made of is told of its copy, whoever makes that.
    const copy = await bed.versions.create(noExperiment, { name: 'm', source: `models:/m/${seen.version}` })
    assert.equal(copy.runId, runId)
  })

  test('nothing may lie at a source yet', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'model2/x': '' })
    const version = await bed.versions.create(bed.here, { name: 'm', source: `runs:/${runId}/model`, runId })
    assert.deepEqual([version.manifest.state, version.runsCode], ['empty', true])
    assert.equal((await bed.versions.summary(bed.here, { name: 'm', version: '1' }))?.warnings.length, 1)
  })

  test('one file is a version too', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    const runId = await bed.runWith(bed.here, { 'out/model.onnx': 'weights', 'out/MLmodel': MLMODEL })
    const source = `runs:/${runId}/out/model.onnx`
    const version = await bed.versions.create(bed.here, { name: 'm', source, runId })
    assert.deepEqual([version.type, version.runsCode, version.manifest.files], ['custom_model', true, 1])
    assert.deepEqual(await bed.filesOf('m', 1), [{ path: 'model.onnx', size: 7, sha256: sha256('weights') }])
    const alone = { name: 'm', source: `runs:/${runId}/out/MLmodel`, runId }
    assert.equal((await bed.versions.create(bed.here, alone)).type, 'custom_model')
  })

  test('prompts have placeholders for sources and no files', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' }
    await bed.models.create(bed.here, { name: 'p', tags: [isPrompt] })
    const create = (source: string, value = 'true') =>
      bed.versions.create(bed.here, {
        name: 'p',
        source,
        tags: [
          { ...isPrompt, value },
          { key: 'mlflow.prompt.text', value: 'Hi {{x}}' },
        ],
      })
    await assert.rejects(create('s3://b/x'), isInvalid("Invalid prompt source: 's3://b/x'."))
    await assert.rejects(create('dummy-source', 'no'), isInvalid('It is a path of some machine'))
    await create('dummy-source')
    const second = await create('prompt-template', 'TRUE')
    assert.deepEqual(
      [second.version, second.manifest.state, second.runsCode, second.tags.length],
      [2, 'empty', false, 2],
    )
    assert.equal(await bed.versions.summary(bed.here, { name: 'p', version: '2' }), null)
    await bed.modelNamed('m')
    await assert.rejects(
      bed.versions.create(bed.here, { name: 'm', source: 'models:/p/1' }),
      isInvalid('Prompt versions cannot be used as model version sources.'),
    )
  })

  test('50 registrations at once are numbered from 1 to 50', async () => {
    await using db = await open()
    await using bed = await openVersions(db)
    await bed.modelNamed('m')
    await bed.modelNamed('m', bed.elsewhere)
    const modelId = await bed.loggedModelWith(bed.here, FILES)
    const input = { name: 'm', source: `models:/${modelId}`, modelId }
    const made = await Promise.all(Array.from({ length: 50 }, () => bed.versions.create(bed.here, input)))
    const numbers = made.map(({ version }) => version).sort((a, b) => a - b)
    assert.deepEqual(
      numbers,
      Array.from({ length: 50 }, (_, i) => i + 1),
    )
    const listed = JSON.parse((await bed.tagsOfLoggedModel(modelId))['mlflow.modelVersions']!)
    assert.deepEqual(
      listed.map(({ version }: { version: number }) => version).sort((a: number, b: number) => a - b),
      numbers,
    )
    const first = await bed.versions.create(bed.elsewhere, { name: 'm', source: 's3://b/m' })
    assert.equal(first.version, 1)
  })
})
