import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Client, makeClient } from './client.ts'
import { freshPostgres, isChosen } from './engines.ts'
import { createExperiment, createRuns } from './prove.ts'
import { chooseSeed, makeRandom, type Random } from './random.ts'
import { type ServerOptions, startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'

const ROUNDS = Math.ceil(Number(process.env.ORRERY_FAULT_ROUNDS ?? 20) / 3)
const VERSIONS = 3
const FILES = 20
const FILE_BYTES = 200_000

const MODELS = '/api/orrery/v1/registry/models'

/** A model with files of noise. @returns its archive */
async function exportModel(url: string, client: Client, random: Random): Promise<Buffer> {
  const experimentId = await createExperiment(url, 'to be exported')
  for (const runId of await createRuns(url, experimentId, VERSIONS)) {
    for (let i = 0; i < FILES; i++) {
      const bytes = Buffer.from(Array.from({ length: 1000 }, () => random.whole(0, 255)))
      const path = `/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${runId}/artifacts/model/${i}.bin`
      await client.send('PUT', path, Buffer.concat(Array(FILE_BYTES / 1000).fill(bytes)))
    }
    await client.ask('POST', '/api/orrery/v1/registry/register', {
      name: 'first',
      run_id: runId,
      path: 'model',
    })
  }
  const { status, body } = await client.send('GET', `${MODELS}/first/archive`)
  assert.equal(status, 200)
  return body
}

/** Sends an archive, and is at `moment` of it when that much has gone. @returns the status, if one came */
function importSlowly(
  url: string,
  name: string,
  archive: Buffer,
  moment: { readonly bytes: number; readonly comes: () => void },
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const call = request(`${url}/api/orrery/v1/registry/import?name=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'content-length': archive.length },
    })
    call.on('response', (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode))
      answer.on('error', () => resolve(undefined))
    })
    call.on('error', () => resolve(undefined))
    call.write(archive.subarray(0, moment.bytes), () => {
      moment.comes()
      call.end(archive.subarray(moment.bytes))
    })
  })
}

/** Fails unless the model is there with all its versions and files. */
async function mustBeWhole(client: Client, name: string, context: string): Promise<void> {
  for (let version = 1; version <= VERSIONS; version++) {
    const path = `${MODELS}/${name}/versions/${version}/manifest/check`
    const checked = await client.ask<{
      manifest: { files: number }
      missing: string[]
      changed: string[]
      added: string[]
    }>('POST', path, { deep: true })
    assert.equal(checked.manifest.files, FILES, context)
    assert.deepEqual([checked.missing, checked.changed, checked.added], [[], [], []], context)
  }
}

/** Kills the server in the middle of imports: each is there as a whole or not at all, and can be repeated. */
async function killImports(options: ServerOptions, t: TestContext): Promise<void> {
  const seed = chooseSeed()
  const random = makeRandom(seed)
  let server = await startServer(options)
  const archive = await exportModel(server.url, makeClient(server.url), random)
  const outcomes = { whole: 0, none: 0 }
  for (let round = 1; round <= ROUNDS; round++) {
    const name = `killed-${round}`
    const context = `seed ${seed}, round ${round}`
    // At the end of the bytes as well: there the transaction is under way. And as soon as the answer has come.
    const bytes = round % 3 === 0 ? archive.length : random.whole(1, archive.length)
    const killsAnswered = round % 3 === 1
    let kill = Promise.resolve()
    const comes = () => {
      if (!killsAnswered) kill = server.kill()
    }
    const status = await importSlowly(server.url, name, archive, { bytes, comes })
    if (killsAnswered) await server.kill()
    await kill
    server = await startServer(options)
    const client = makeClient(server.url)
    const found = await client.send('GET', `/api/2.0/mlflow/registered-models/get?name=${name}`)
    if (found.status === 200) {
      outcomes.whole++
      await mustBeWhole(client, name, context)
    } else {
      outcomes.none++
      assert.equal(found.status, 404, context)
      assert.notEqual(status, 200, `${context}: an acknowledged import is gone`)
      const noMoment = { bytes: archive.length, comes: () => {} }
      assert.equal(await importSlowly(server.url, name, archive, noMoment), 200, context)
      await mustBeWhole(client, name, context)
    }
    client.close()
  }
  t.diagnostic(`seed ${seed}; ${outcomes.whole} whole, ${outcomes.none} not at all`)
  assert.ok(outcomes.none > 0, 'no import was killed in the middle')
  assert.ok(outcomes.whole > 0, 'no import was answered')
  assert.equal(await server.stop(), 0)
}

test('SQLite: a killed import is there as a whole or not at all, and can be repeated', {
  skip: !isChosen('sqlite'),
}, async (t) => {
  await using folder = await temporaryFolder()
  await killImports({ home: join(folder.path, 'home') }, t)
})

test('PostgreSQL: a killed import is there as a whole or not at all, and can be repeated', {
  skip: !isChosen('postgres'),
}, async (t) => {
  await using folder = await temporaryFolder()
  await using database = await freshPostgres()
  const settings = ['--database-url', database.url]
  await killImports({ home: join(folder.path, 'home'), settings }, t)
})
