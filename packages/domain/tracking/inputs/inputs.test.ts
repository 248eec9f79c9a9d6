import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { type DatasetInput, trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

async function withRun(db: Database) {
  const all = await openTracking(db)
  const { here, runs, inputs } = all
  const { runId } = (await runs.create(here, {})).info
  return {
    ...all,
    runId,
    logDatasets: (...datasets: DatasetInput[]) => inputs.logInputs(here, { runId, datasets, models: [] }),
    logModels: (...models: string[]) => inputs.logInputs(here, { runId, datasets: [], models }),
    logOutputs: (...models: { modelId: string; step: number }[]) =>
      inputs.logOutputs(here, { runId, models }),
    run: () => runs.get(here, { runId }),
  }
}

const datasetInput = (
  changed: Partial<DatasetInput['dataset']> = {},
  tags: DatasetInput['tags'] = [],
): DatasetInput => ({
  dataset: {
    name: 'iris',
    digest: 'd1',
    sourceType: 'local',
    source: '{"uri":"/iris.csv"}',
    schema: null,
    profile: null,
    ...changed,
  },
  tags,
})

const tag = (key: string, value = '') => ({ key, value })

const refusal =
  (code: string, says: RegExp = /./) =>
  (error: unknown) =>
    error instanceof Problem && error.code === code && says.test(error.message)

eachEngine('inputs and outputs of runs', MODULES, (open) => {
  test('a run shows the datasets that it used, with their tags by key', async () => {
    await using db = await open()
    const { logDatasets, run, eventTypes } = await withRun(db)
    const iris = datasetInput({ schema: '{"a":"double"}', profile: '{"rows":150}' }, [
      tag('mlflow.data.context', 'train'),
      tag('', 'ünïcode 🌍'),
    ])
    await logDatasets(iris, datasetInput({ digest: 'd2' }))
    assert.deepEqual((await run()).datasetInputs, [
      { ...iris, tags: iris.tags.toReversed() },
      datasetInput({ digest: 'd2' }),
    ])
    assert.equal((await eventTypes()).at(-1), 'run.inputs-logged')
  })

  test('of two datasets of one name and digest in an experiment, the first description stays', async () => {
    await using db = await open()
    const { here, runs, inputs, logDatasets, run } = await withRun(db)
    const { runId: other } = (await runs.create(here, {})).info
    await logDatasets(datasetInput({ source: 'first' }), datasetInput({ source: 'second' }, [tag('lost')]))
    await inputs.logInputs(here, {
      runId: other,
      datasets: [datasetInput({ source: 'third' }, [tag('own')])],
      models: [],
    })
    assert.deepEqual((await run()).datasetInputs, [datasetInput({ source: 'first' })])
    assert.deepEqual((await runs.get(here, { runId: other })).datasetInputs, [
      datasetInput({ source: 'first' }, [tag('own')]),
    ])
  })

  test('experiments do not share datasets', async () => {
    await using db = await open()
    const { here, runs, experiments, inputs, logDatasets } = await withRun(db)
    const experimentId = await experiments.create(here, { name: 'second' })
    const { runId } = (await runs.create(here, { experimentId })).info
    await logDatasets(datasetInput({ source: 'first' }))
    await inputs.logInputs(here, { runId, datasets: [datasetInput({ source: 'own' })], models: [] })
    assert.equal((await runs.get(here, { runId })).datasetInputs[0]?.dataset.source, 'own')
  })

  test('a dataset that the run has already keeps the tags it came with, and nothing is told', async () => {
    await using db = await open()
    const { logDatasets, run, eventTypes } = await withRun(db)
    await logDatasets(datasetInput({}, [tag('a')]))
    await logDatasets(datasetInput({}, [tag('b')]))
    assert.deepEqual((await run()).datasetInputs, [datasetInput({}, [tag('a')])])
    assert.equal((await eventTypes()).filter((type) => type === 'run.inputs-logged').length, 1)
  })

  const tooLong: [field: string, input: DatasetInput, says: RegExp][] = [
    ['name', datasetInput({ name: 'n'.repeat(501) }), /'name' exceeds the maximum length of 500/],
    ['digest', datasetInput({ digest: 'd'.repeat(37) }), /'digest' .* 36/],
    ['source', datasetInput({ source: 's'.repeat(65_536) }), /'source' .* 65535/],
    ['schema', datasetInput({ schema: 's'.repeat(1_048_576) }), /'schema' .* 1048575/],
    ['profile', datasetInput({ profile: 'p'.repeat(16_777_216) }), /'profile' .* 16777215/],
    ['tag key', datasetInput({}, [tag('k'.repeat(256))]), /'key' .* 255/],
    ['tag value', datasetInput({}, [tag('k', 'v'.repeat(501))]), /'value' .* 500/],
  ]
  test('what is too long is refused, and nothing of the call is kept', async () => {
    await using db = await open()
    const { logDatasets, run } = await withRun(db)
    for (const [field, input, says] of tooLong) {
      const call = logDatasets(datasetInput({ name: 'fine' }), input)
      await assert.rejects(call, refusal('INVALID_PARAMETER_VALUE', says), field)
    }
    await assert.rejects(
      logDatasets(datasetInput({ name: 'fine' }), datasetInput({}, [tag('t', '1'), tag('t', '1')])),
      refusal('BAD_REQUEST', /'t' stands in 'datasets\[1\]\.tags' more than once/),
    )
    assert.deepEqual((await run()).datasetInputs, [])
  })

  test('the longest names of the widest letters are kept', async () => {
    await using db = await open()
    const { logDatasets, run } = await withRun(db)
    const widest = datasetInput({
      name: '𠀀'.repeat(500),
      digest: '𠀀'.repeat(36),
      schema: 's'.repeat(1_048_575),
    })
    await logDatasets(widest)
    assert.deepEqual((await run()).datasetInputs, [widest])
  })

  test('1,000 datasets go in one call', async () => {
    await using db = await open()
    const { logDatasets, run } = await withRun(db)
    await logDatasets(
      ...Array.from({ length: 1000 }, (_, i) => datasetInput({ name: `n${i}` }, [tag('i', `${i}`)])),
    )
    const { datasetInputs } = await run()
    assert.equal(datasetInputs.length, 1000)
    for (const { dataset, tags } of datasetInputs) assert.equal(`n${tags[0]?.value}`, dataset.name)
  })

  test('model inputs are a set of ids, known or not', async () => {
    await using db = await open()
    const { logModels, run } = await withRun(db)
    await logModels('m-b', 'm-a', 'm-b', '')
    await logModels('m-a')
    assert.deepEqual((await run()).modelInputs, ['', 'm-a', 'm-b'])
    await assert.rejects(logModels('m'.repeat(257)), refusal('INVALID_PARAMETER_VALUE', /models\[0\]/))
  })

  test('model outputs keep their step; the same again changes nothing, another step is refused whole', async () => {
    await using db = await open()
    const { logOutputs, run, eventTypes } = await withRun(db)
    const b = { modelId: 'm-b', step: 2 ** 53 - 1 }
    const a = { modelId: 'm-a', step: -3 }
    await logOutputs(b, a, b)
    await logOutputs(a)
    await logOutputs()
    assert.equal((await eventTypes()).filter((type) => type === 'run.outputs-logged').length, 1)
    const other = { modelId: 'm-a', step: 4 }
    await assert.rejects(
      logOutputs({ modelId: 'm-c', step: 0 }, other),
      refusal('BAD_REQUEST', /'m-a' among its outputs already, at step -3, not 4/),
    )
    await assert.rejects(
      logOutputs({ modelId: 'm-d', step: 0 }, { modelId: 'm-d', step: 1 }),
      refusal('BAD_REQUEST'),
    )
    assert.deepEqual((await run()).modelOutputs, [a, b])
  })

  test('a deleted run takes neither inputs nor outputs nor models', async () => {
    await using db = await open()
    const { runs, inputs, here, runId, logDatasets, logOutputs } = await withRun(db)
    await runs.delete(here, { runId })
    const inactive = refusal('INVALID_PARAMETER_VALUE', /must be in the 'active' state/)
    await assert.rejects(logDatasets(datasetInput()), inactive)
    await assert.rejects(logOutputs({ modelId: 'm', step: 0 }), inactive)
    await assert.rejects(inputs.recordModel(here, { runId, modelJson: mlmodel() }), inactive)
  })

  test('another workspace’s run is as one that does not exist', async () => {
    await using db = await open()
    const { inputs, elsewhere, runId, run } = await withRun(db)
    for (const id of [runId, 'f'.repeat(32)]) {
      const notFound = refusal('RESOURCE_DOES_NOT_EXIST', new RegExp(`^Run with id=${id} not found$`))
      await assert.rejects(
        inputs.logInputs(elsewhere, { runId: id, datasets: [datasetInput()], models: ['m'] }),
        notFound,
      )
      await assert.rejects(
        inputs.logOutputs(elsewhere, { runId: id, models: [{ modelId: 'm', step: 0 }] }),
        notFound,
      )
      await assert.rejects(inputs.recordModel(elsewhere, { runId: id, modelJson: mlmodel() }), notFound)
    }
    const { datasetInputs, modelInputs, modelOutputs } = await run()
    assert.deepEqual([datasetInputs, modelInputs, modelOutputs], [[], [], []])
  })

  test('a run id that cannot be one is refused as such', async () => {
    await using db = await open()
    const { inputs, here } = await withRun(db)
    await assert.rejects(
      inputs.logInputs(here, { runId: 'no pe!', datasets: [], models: [] }),
      refusal('INVALID_PARAMETER_VALUE', /parameter 'run_id'/),
    )
  })

  test('recorded models are listed in a tag, their numbers as they were written', async () => {
    await using db = await open()
    const { inputs, here, runId, run } = await withRun(db)
    const record = (modelJson: string) => inputs.recordModel(here, { runId, modelJson })
    await record(
      '{"run_id":"r","artifact_path":"é\\u2028","utc_time_created":"2020","extra":1,' +
        '"flavors":{"sk":{"n":1.0,"big":9007199254740993,"config":{"x":1}},"text":"t"}}',
    )
    await record(mlmodel({ artifact_path: null, flavors: null, utc_time_created: null, model_uuid: 'u' }))
    const history = (await run()).tags.find(({ key }) => key === 'mlflow.log-model.history')?.value
    assert.equal(
      history,
      '[{"run_id":"r","artifact_path":"é\u2028","utc_time_created":"2020","model_uuid":null,' +
        '"flavors":{"sk":{"n":1.0,"big":9007199254740993},"text":"t"}},' +
        '{"run_id":"r","utc_time_created":"2023-11-14 22:13:20.000","model_uuid":"u","flavors":{}}]',
    )
  })

  const noModels: [name: string, json: string, says: RegExp][] = [
    ['no JSON', '{bad', /Malformed model info\. \n \{bad \n is not a valid JSON/],
    ['a list', '[]', /not a JSON object/],
    ['a number', '5', /not a JSON object/],
    [
      'fields that lack',
      '{"artifact_path":1}',
      /missing mandatory fields: 'flavors', 'utc_time_created', 'run_id'/,
    ],
    ['flavors that are a list', mlmodel({ flavors: [1] }), /'flavors' must be a JSON object/],
    ['what is nested too deeply', `${'['.repeat(5000)}${']'.repeat(5000)}`, /is not a valid JSON/],
    [
      'a history without end',
      mlmodel({ flavors: { f: { x: 'y'.repeat(1_000_000) } } }),
      /longer than 1000000/,
    ],
  ]
  test('what is no model is not recorded', async () => {
    await using db = await open()
    const { inputs, here, runId, run } = await withRun(db)
    for (const [name, modelJson, says] of noModels) {
      const call = inputs.recordModel(here, { runId, modelJson })
      await assert.rejects(call, refusal('INVALID_PARAMETER_VALUE', says), name)
    }
    assert.deepEqual(
      (await run()).tags.map(({ key }) => key),
      ['mlflow.runName'],
    )
  })

  test('a history tag that somebody has overwritten is not thrown away', async () => {
    await using db = await open()
    const { inputs, runs, here, runId } = await withRun(db)
    for (const value of ['{not json', '{}']) {
      await runs.setTag(here, { runId, key: 'mlflow.log-model.history', value })
      await assert.rejects(
        inputs.recordModel(here, { runId, modelJson: mlmodel() }),
        refusal('INVALID_PARAMETER_VALUE', /is not a JSON list/),
      )
    }
  })
})

function mlmodel(changed: Record<string, unknown> = {}): string {
  return JSON.stringify({
    artifact_path: 'model',
    flavors: { sklearn: { pickled_model: 'model.pkl' } },
    utc_time_created: '2020-01-01 00:00:00',
    run_id: 'r',
    ...changed,
  })
}
