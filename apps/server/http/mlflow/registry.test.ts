import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { type Call, NOW, serve } from '../testing/serve.ts'

const FILES = '/api/2.0/mlflow-artifacts/artifacts'
const ELSEWHERE = '/workspaces/elsewhere/api/2.0/mlflow'

/** A run with files below its artifacts. */
async function runWith(call: Call, files: Readonly<Record<string, string>>) {
  const { info } = (await call('POST', 'runs/create', { experiment_id: '0' })).body.run
  for (const [path, text] of Object.entries(files)) {
    const { status } = await call('PUT', `${FILES}/0/${info.run_id}/artifacts/${path}`, text)
    assert.equal(status, 200)
  }
  return { run_id: info.run_id as string, uri: info.artifact_uri as string }
}

eachEngine('the routes of the registry', MIGRATIONS, (open) => {
  test('a model goes its way in MLflow’s words', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const made = await call('POST', 'registered-models/create', {
      name: 'iris',
      description: 'of flowers',
      tags: [{ key: 'b', value: '1' }, { key: 'a' }],
      deployment_job_id: 'ignored',
    })
    const times = { creation_timestamp: NOW, last_updated_timestamp: NOW }
    const tags = [
      { key: 'a', value: '' },
      { key: 'b', value: '1' },
    ]
    const iris = { name: 'iris', ...times, description: 'of flowers', tags }
    assert.deepEqual(made.body, { registered_model: iris })
    const { run_id, uri } = await runWith(call, { 'model/w.txt': 'weights' })
    const version = await call('POST', 'model-versions/create', {
      name: 'iris',
      source: `${uri}/model`,
      run_id,
      description: '',
      tags: [{ key: 't', value: '1' }],
    })
    const first = {
      name: 'iris',
      version: '1',
      ...times,
      current_stage: 'None',
      description: '',
      source: `${uri}/model`,
      run_id,
      status: 'READY',
      run_link: '',
    }
    const { tags: given, ...told } = version.body.model_version
    assert.deepEqual(told, first)
    assert.deepEqual(
      given.map(({ key }: { key: string }) => key),
      ['orrery.source.experiment_id', 'orrery.source.run_id', 't'],
    )
    assert.equal(
      (await call('POST', 'registered-models/alias', { name: 'iris', alias: 'a', version: '1' })).status,
      200,
    )
    const read = (await call('GET', 'registered-models/get?name=iris')).body.registered_model
    assert.deepEqual(read, {
      ...iris,
      latest_versions: [{ ...first, tags: given }],
      aliases: [{ alias: 'a', version: '1' }],
    })
    const byAlias = await call('GET', 'registered-models/alias?name=iris&alias=a')
    assert.deepEqual(byAlias.body.model_version.aliases, ['a'])
    assert.deepEqual((await call('GET', 'model-versions/get-download-uri?name=iris&version=1')).body, {
      artifact_uri: `${uri}/model`,
    })
  })

  test('the same names live in two workspaces without a sight of each other', async () => {
    await using db = await open()
    const { call } = await serve(db)
    await call('POST', 'registered-models/create', { name: 'iris' })
    await call('POST', 'model-versions/create', { name: 'iris', source: 's3://b/m' })
    const unseen = await call('GET', `${ELSEWHERE}/registered-models/get?name=iris`)
    assert.equal(unseen.status, 404)
    assert.equal(unseen.body.message, 'Registered Model with name=iris not found')
    assert.equal((await call('POST', `${ELSEWHERE}/registered-models/create`, { name: 'iris' })).status, 200)
    assert.deepEqual((await call('GET', `${ELSEWHERE}/model-versions/search`)).body, {})
    await call('DELETE', `${ELSEWHERE}/registered-models/delete`, { name: 'iris' })
    assert.equal((await call('GET', 'model-versions/get?name=iris&version=1')).status, 200)
  })

  test('a file of a version is given out as it was registered, or not at all', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const { run_id, uri } = await runWith(call, { 'model/w.txt': 'weights', 'other.txt': 'secret' })
    await call('POST', 'registered-models/create', { name: 'iris' })
    await call('POST', 'model-versions/create', { name: 'iris', source: `${uri}/model`, run_id })
    const file = '/model-versions/get-artifact?name=iris&version=1&path='
    const sent = await call('GET', `${file}w.txt`)
    assert.deepEqual([sent.status, sent.text], [200, 'weights'])
    for (const [path, code] of [
      ['nothing.txt', 'RESOURCE_DOES_NOT_EXIST'],
      ['../other.txt', 'INVALID_PARAMETER_VALUE'],
      ['%252e%252e/other.txt', 'INVALID_PARAMETER_VALUE'],
      ['', 'INVALID_PARAMETER_VALUE'],
    ] as const) {
      assert.equal((await call('GET', file + path)).body.error_code, code, path)
    }
    await call('PUT', `${FILES}/0/${run_id}/artifacts/model/w.txt`, 'another')
    assert.equal((await call('GET', `${file}w.txt`)).body.error_code, 'RESOURCE_CONFLICT')
  })

  test('a file that something else than the server replaced is refused, with what helps', async () => {
    await using db = await open()
    const { call, store } = await serve(db)
    const { run_id, uri } = await runWith(call, { 'model/w.txt': 'weights' })
    await call('POST', 'registered-models/create', { name: 'iris' })
    await call('POST', 'model-versions/create', { name: 'iris', source: `${uri}/model`, run_id })
    await store.write(`1/0/${run_id}/artifacts/model/w.txt`, Readable.from([Buffer.from('weights')]))
    const file = '/model-versions/get-artifact?name=iris&version=1&path=w.txt'
    const { body } = await call('GET', file)
    assert.equal(body.error_code, 'RESOURCE_CONFLICT')
    assert.match(body.message, /is not the one that the server recorded.* upload the file .* again\.$/)
    await call('PUT', `${FILES}/0/${run_id}/artifacts/model/w.txt`, 'weights')
    assert.equal((await call('GET', file)).text, 'weights')
  })

  test('what is missing is said by name', async () => {
    await using db = await open()
    const { call } = await serve(db)
    for (const [method, path, field] of [
      ['POST', 'registered-models/create', 'name'],
      ['POST', 'model-versions/create', 'name'],
      ['GET', 'model-versions/get?name=iris', 'version'],
      ['GET', '/model-versions/get-artifact?name=iris', 'version'],
      ['GET', '/model-versions/get-artifact?name=iris&version=1', 'path'],
    ] as const) {
      const { status, body } = await call(method, path, method === 'POST' ? {} : undefined)
      assert.equal(status, 400)
      assert.match(body.message, new RegExp(`Missing value for required parameter '${field}'`))
    }
  })

  test('prompts are models that searches leave out', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]
    await call('POST', 'registered-models/create', { name: 'greeting', tags })
    const made = await call('POST', 'model-versions/create', {
      name: 'greeting',
      source: 'dummy-source',
      tags: [...tags, { key: 'mlflow.prompt.text', value: 'Hello {{x}}' }],
    })
    assert.equal(made.status, 200, made.text)
    assert.deepEqual((await call('GET', 'registered-models/search')).body, {})
    assert.deepEqual((await call('GET', 'model-versions/search')).body, {})
    const asked = encodeURIComponent("tags.`mlflow.prompt.is_prompt` = 'true'")
    const found = await call('GET', `registered-models/search?filter=${asked}`)
    assert.deepEqual(
      found.body.registered_models.map(({ name }: { name: string }) => name),
      ['greeting'],
    )
  })
})
