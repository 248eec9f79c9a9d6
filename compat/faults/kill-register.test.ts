import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Client, makeClient } from './client.ts'
import { freshPostgres, isChosen } from './engines.ts'
import { createExperiment, createRuns } from './prove.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { type ServerOptions, startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'

const ROUNDS = Math.ceil(Number(process.env.ORRERY_FAULT_ROUNDS ?? 20) / 3)
const WORKERS = 6
const FILES = 5
const MOST_ANSWERS = 60
const MODELS = ['first', 'second'] as const
const API = '/api/2.0/mlflow'

interface Version {
  readonly name: string
  readonly version: string
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
}

const keyOf = ({ name, version }: Pick<Version, 'name' | 'version'>) => `${name}/${version}`
const markOf = ({ tags = [] }: Version) => tags.find(({ key }) => key === 'mark')?.value

/** @returns the source of a model with a few files, in a run of its own */
async function writeModel(url: string, client: Client): Promise<{ source: string; run_id: string }> {
  const experimentId = await createExperiment(url, 'to be registered')
  const [run_id = ''] = await createRuns(url, experimentId, 1)
  for (let i = 0; i < FILES; i++) {
    const path = `/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${run_id}/artifacts/model/${i}.bin`
    await client.send('PUT', path, Buffer.alloc(3_000, `file ${i}`))
  }
  return { source: `runs:/${run_id}/model`, run_id }
}

/** Registers from several connections until the server is gone. */
async function register(
  url: string,
  model: { source: string; run_id: string },
  marks: { next: number },
  onAnswer: (version: Version, mark: string) => void,
): Promise<void> {
  const client = makeClient(url)
  const work = async () => {
    for (;;) {
      const mark = String(marks.next++)
      const name = MODELS[marks.next % 2]
      const tags = [
        { key: 'mark', value: mark },
        { key: 'again', value: mark },
      ]
      let reply: Awaited<ReturnType<Client['send']>>
      try {
        reply = await client.send('POST', `${API}/model-versions/create`, { name, ...model, tags })
      } catch {
        return
      }
      assert.equal(reply.status, 200, reply.body.toString())
      onAnswer((JSON.parse(reply.body.toString()) as { model_version: Version }).model_version, mark)
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  client.close()
}

/** Every version that is there is there whole; every acknowledged one is there. @returns how many there are */
async function proveVersions(client: Client, acknowledged: ReadonlyMap<string, string>, context: string) {
  const found = new Map<string, Version>()
  for (let token = ''; ; ) {
    const page = await client.ask<{ model_versions?: Version[]; next_page_token?: string }>(
      'GET',
      `${API}/model-versions/search?max_results=1000&page_token=${token}`,
    )
    for (const version of page.model_versions ?? []) found.set(keyOf(version), version)
    token = page.next_page_token ?? ''
    if (token === '') break
  }
  for (const [key, mark] of acknowledged) {
    assert.equal(found.has(key), true, `${context}: ${key} was acknowledged and is gone`)
    assert.equal(markOf(found.get(key)!), mark, `${context}: ${key} is another's`)
  }
  const marks = new Set<string>()
  for (const [key, version] of found) {
    const mark = markOf(version)
    assert.ok(mark !== undefined && !marks.has(mark), `${context}: ${key} has the mark ${mark}`)
    marks.add(mark)
    assert.equal(version.tags?.find(({ key }) => key === 'again')?.value, mark, `${context}: tags of ${key}`)
    const path = `/api/orrery/v1/registry/models/${version.name}/versions/${version.version}/manifest/check`
    const checked = await client.ask<{ manifest: { files: number; state: string }; missing: string[] }>(
      'POST',
      path,
      { deep: false },
    )
    assert.equal(checked.manifest.files, FILES, `${context}: manifest of ${key}`)
    assert.deepEqual(checked.missing, [], `${context}: manifest of ${key}`)
  }
  for (const name of MODELS) {
    const numbers = [...found.values()]
      .filter((version) => version.name === name)
      .map((v) => Number(v.version))
    const highest = Math.max(0, ...numbers)
    assert.equal(numbers.length, highest, `${context}: the versions of ${name} have holes`)
  }
  return found.size
}

/** Kills the server while versions are registered: each is there as a whole or not at all. */
async function killRegistrations(options: ServerOptions, t: TestContext): Promise<void> {
  const seed = chooseSeed()
  const random = makeRandom(seed)
  let server = await startServer(options)
  let client = makeClient(server.url)
  const model = await writeModel(server.url, client)
  for (const name of MODELS) await client.ask('POST', `${API}/registered-models/create`, { name })
  client.close()
  const acknowledged = new Map<string, string>()
  const marks = { next: 0 }
  for (let round = 1; round <= ROUNDS; round++) {
    let left = random.whole(1, MOST_ANSWERS)
    const running = server
    await register(running.url, model, marks, (version, mark) => {
      assert.ok(!acknowledged.has(keyOf(version)), `seed ${seed}: ${keyOf(version)} was given out twice`)
      acknowledged.set(keyOf(version), mark)
      if (--left === 0) void running.kill()
    })
    await running.kill()
    server = await startServer(options)
  }
  client = makeClient(server.url)
  const context = `seed ${seed}; ${ROUNDS} kills`
  const found = await proveVersions(client, acknowledged, context)
  client.close()
  t.diagnostic(`${context}; ${marks.next} asked for, ${acknowledged.size} acknowledged, ${found} there`)
  assert.ok(marks.next > acknowledged.size, 'nothing was under way when the server was killed')
  assert.equal(await server.stop(), 0)
}

const promise = 'a registration that kill -9 breaks off is there as a whole or not at all'

test(`SQLite: ${promise}`, { skip: !isChosen('sqlite') }, async (t) => {
  await using folder = await temporaryFolder()
  await killRegistrations({ home: join(folder.path, 'home') }, t)
})

test(`PostgreSQL: ${promise}`, { skip: !isChosen('postgres') }, async (t) => {
  await using folder = await temporaryFolder()
  await using database = await freshPostgres()
  const settings = ['--database-url', database.url]
  await killRegistrations({ home: join(folder.path, 'home'), settings }, t)
})
