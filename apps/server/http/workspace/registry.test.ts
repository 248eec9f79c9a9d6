import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { type Call, NOW, serve } from '../testing/serve.ts'

const API = '/api/orrery/v1/registry'
const FIRST = `${API}/models/iris/versions/1`
const FILES = '/api/2.0/mlflow-artifacts/artifacts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Registers a folder of a new run as the next version of `iris`. */
async function register(call: Call, files: Readonly<Record<string, string>> = { 'w.bin': 'weights' }) {
  const { run_id } = (await call('POST', 'runs/create', { experiment_id: '0' })).body.run.info
  for (const [path, text] of Object.entries(files)) {
    await call('PUT', `${FILES}/0/${run_id}/artifacts/model/${path}`, text)
  }
  const { status, body, text } = await call('POST', `${API}/register`, {
    name: 'iris',
    run_id,
    path: 'model',
  })
  assert.equal(status, 200, text)
  return { run_id: run_id as string, made: body }
}

eachEngine('the calls of our own about models', MIGRATIONS, (open) => {
  test('a folder of a run is registered and described', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const { run_id, made } = await register(call)
    const digest = sha256(`${sha256('weights')}  7  w.bin\n`)
    const { tags, summary, ...told } = made
    assert.deepEqual(told, {
      name: 'iris',
      version: '1',
      stage: 'None',
      user_id: told.user_id,
      description: '',
      source: `runs:/${run_id}/model`,
      run_id,
      model_id: '',
      status: 'READY',
      creation_timestamp: NOW,
      last_updated_timestamp: NOW,
      aliases: [],
      type: 'custom_model',
      runs_code: true,
      manifest: { state: 'complete', digest, files: 1, bytes: 7 },
    })
    assert.ok(
      tags.some(
        ({ key, value }: Record<string, string>) => key === 'orrery.source.run_id' && value === run_id,
      ),
    )
    assert.ok(summary.code_reasons.length > 0)
    assert.deepEqual((await call('GET', FIRST)).body, made)
  })

  test('a manifest is listed, and checked shallow and deep', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const { run_id } = await register(call)
    const listed = (await call('GET', `${FIRST}/manifest`)).body
    assert.deepEqual(listed.files, [{ path: 'w.bin', size: 7, sha256: sha256('weights') }])
    const clean = (await call('POST', `${FIRST}/manifest/check`, { deep: true })).body
    assert.deepEqual(clean, { manifest: listed.manifest, deep: true, missing: [], changed: [], added: [] })
    await call('PUT', `${FILES}/0/${run_id}/artifacts/model/w.bin`, 'another')
    await call('PUT', `${FILES}/0/${run_id}/artifacts/model/new.bin`, 'new')
    const found = (await call('POST', `${FIRST}/manifest/check`, {})).body
    assert.deepEqual([found.deep, found.changed, found.added], [false, ['w.bin'], ['new.bin']])
  })

  test('advice is kept with the version and shown', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const { made } = await register(call)
    const said = {
      scanner: 'scan',
      scanner_version: '1',
      manifest_digest: made.manifest.digest,
      verdict: 'suspicious',
      findings: [{ path: 'w.bin', message: 'odd' }],
    }
    assert.equal((await call('POST', `${FIRST}/advice`, said)).status, 200)
    const [advice] = (await call('GET', `${FIRST}/advice`)).body.advice
    assert.deepEqual(advice, { ...said, reported_by: advice.reported_by, reported_at: NOW })
    const other = await call('POST', `${FIRST}/advice`, { ...said, manifest_digest: '0'.repeat(64) })
    assert.equal(other.body.error_code, 'RESOURCE_CONFLICT')
    const unknown = await call('POST', `${FIRST}/advice`, { ...said, verdict: 'fine' })
    assert.match(unknown.body.message, /clean/)
  })

  test('two versions are compared, and say where they are used', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const { run_id } = await register(call)
    const second = await register(call, { 'w.bin': 'better' })
    for (const [id, value] of [
      [run_id, 1],
      [second.run_id, 'NaN'],
    ]) {
      await call('POST', 'runs/log-metric', { run_id: id, key: 'loss', value, timestamp: 1 })
    }
    const { status, body } = await call('POST', `${API}/compare`, {
      left: { name: 'iris', version: '1' },
      right: { name: 'iris', version: '2' },
    })
    assert.equal(status, 200)
    assert.deepEqual(body.metrics, [{ name: 'loss', left: 1, right: 'NaN' }])
    assert.deepEqual(body.files, [{ name: 'w.bin', left: sha256('weights'), right: sha256('better') }])
    assert.deepEqual([body.left.version, body.right.version], ['1', '2'])
    await call('POST', 'registered-models/alias', { name: 'iris', alias: 'a', version: '1' })
    assert.deepEqual((await call('GET', `${FIRST}/used`)).body, {
      aliases: ['a'],
      copies: [],
      siblings: [],
      source_run: { run_id, experiment_id: '0' },
      consuming_runs: [],
    })
  })

  test('a model becomes an archive, and the archive a model of another workspace', async () => {
    await using db = await open()
    const { call } = await serve(db)
    await register(call)
    await register(call, { 'a/w.bin': 'deeper' })
    const sent = await call('GET', `${API}/models/iris/archive`)
    assert.equal(sent.status, 200)
    assert.equal(sent.headers['content-type'], 'application/x-tar')
    assert.match(String(sent.headers['content-disposition']), /^attachment; filename="iris[\w.-]*\.tar"$/)
    const elsewhere = `/workspaces/elsewhere${API}`
    const made = await call('POST', `${elsewhere}/import`, sent.bytes)
    assert.deepEqual(made.body, {
      name: 'iris',
      created: true,
      versions: [
        { archived: '1', version: '1' },
        { archived: '2', version: '2' },
      ],
    })
    const { manifest } = (await call('GET', `${elsewhere}/models/iris/versions/2`)).body
    assert.deepEqual(manifest, (await call('GET', `${API}/models/iris/versions/2`)).body.manifest)
    const { artifact_uri } = (
      await call(
        'GET',
        '/workspaces/elsewhere/api/2.0/mlflow/model-versions/get-download-uri?name=iris&version=2',
      )
    ).body
    const path = artifact_uri.replace('mlflow-artifacts:/', '')
    const file = await call('GET', `/workspaces/elsewhere${FILES}/${path}/a/w.bin`)
    assert.deepEqual([file.status, file.text], [200, 'deeper'])
    const change = await call('PUT', `/workspaces/elsewhere${FILES}/${path}/a/w.bin`, 'forged')
    assert.equal(change.body.error_code, 'INVALID_PARAMETER_VALUE')
    assert.equal((await call('GET', `${FILES}/${path}/a/w.bin`)).status, 404)
    const one = await call('GET', `${FIRST}/archive`)
    const again = await call('POST', `${API}/import?name=copy`, one.bytes)
    assert.deepEqual(again.body.versions, [{ archived: '1', version: '1' }])
  })

  test('an archive that cannot become whole is refused before it begins', async () => {
    await using db = await open()
    const { call, store } = await serve(db)
    const { run_id } = await register(call)
    const key = `1/0/${run_id}/artifacts/model/w.bin`
    await store.write(key, Readable.from([Buffer.from('WEIGHTS')]))
    const refused = await call('GET', `${FIRST}/archive`)
    assert.equal(refused.status, 409, refused.text)
    assert.match(refused.body.message, /w\.bin/)
    await store.delete(key)
    assert.equal((await call('GET', `${FIRST}/archive`)).status, 404)
  })

  test('what is no archive is refused', async () => {
    await using db = await open()
    const { call } = await serve(db)
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('PK\x03\x04'),
      Buffer.alloc(1024),
      Buffer.alloc(5000, 'x'),
    ]) {
      const { status, body } = await call('POST', `${API}/import`, bytes)
      assert.deepEqual([status, body.error_code], [400, 'INVALID_PARAMETER_VALUE'], body.message)
    }
    assert.deepEqual((await call('GET', 'registered-models/search')).body, {})
  })

  test('what they take is read strictly', async () => {
    await using db = await open()
    const { call } = await serve(db)
    for (const [path, body, part] of [
      [`${API}/register`, { run_id: 'r' }, "'name' is required"],
      [`${API}/register`, { name: 'm', colour: 'red' }, "Unknown field 'colour'"],
      [`${API}/compare`, { left: { name: 'm', version: '1' } }, "'right' is required"],
      [`${FIRST}/manifest/check`, { deep: 'yes' }, 'deep'],
    ] as const) {
      const { status, body: problem } = await call('POST', path, body)
      assert.equal(status, 400)
      assert.ok(problem.message.includes(part), problem.message)
    }
  })
})
