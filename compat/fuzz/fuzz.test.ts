import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openReceiver } from '../../packages/drivers/egress/testing/receiver.ts'
import { freshPostgres, isChosen } from '../faults/engines.ts'
import { startServer } from '../faults/server.ts'
import { temporaryFolder } from '../faults/temporary.ts'
import { allDeclarations } from './declarations.ts'
import { fuzz } from './fuzz.ts'
import { makePool } from './pool.ts'

/** How many requests are sent on SQLite; on PostgreSQL, which differs in what values it takes, a fifth of it. */
const REQUESTS = Number(process.env.ORRERY_FUZZ_REQUESTS ?? 20_000)
/** The same seed sends the same requests, but for the ids of what was made before. */
const SEED = Number(process.env.ORRERY_FUZZ_SEED ?? 20_261_121)
/** A fuzz run that lost its declarations would pass for ever. */
const LEAST_DECLARATIONS = 150

async function fuzzServer(t: TestContext, requests: number, settings: readonly string[]): Promise<void> {
  await using receiver = await openReceiver()
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const preload = join(import.meta.dirname, 'watch.ts')
  const server = await startServer({
    home,
    preload,
    settings: ['--log-level', 'error', '--egress-allow', '127.0.0.1', ...settings],
  })
  const secrets = [home, import.meta.dirname.replace(/compat.*/, '')]
  const statuses = await fuzz({
    url: server.url,
    pool: await makePool(server.url, receiver.url),
    requests,
    seed: SEED,
    secrets,
  })
  const counts = [...statuses].sort().map((pair) => pair.join(' × '))
  t.diagnostic(`seed ${SEED}; answers: ${counts.join(', ')}`)

  assert.equal((await fetch(`${server.url}/health`)).status, 200)
  server.process.send?.('look')
  const [{ grown, rssMiB }] = (await once(server.process, 'message')) as [{ grown: string[]; rssMiB: number }]
  t.diagnostic(`memory of the server afterwards: ${rssMiB} MiB`)
  assert.deepEqual(grown, [], 'prototypes that everything shares have grown')
  assert.ok((statuses.get(200) ?? 0) > requests / 50, 'hardly a request was valid')
  assert.equal(await server.stop(), 0)
}

test('every declaration is fuzzed', () => {
  const { length } = allDeclarations()
  assert.ok(length >= LEAST_DECLARATIONS, `only ${length} declarations were found`)
})

test(
  `SQLite: ${REQUESTS} mutated requests meet no 5xx, no hang, no broken answer`,
  {
    skip: !isChosen('sqlite'),
  },
  (t) => fuzzServer(t, REQUESTS, []),
)

test(`PostgreSQL: ${REQUESTS / 5} mutated requests meet no 5xx, no hang, no broken answer`, {
  skip: !isChosen('postgres'),
}, async (t) => {
  await using database = await freshPostgres()
  await fuzzServer(t, REQUESTS / 5, ['--database-url', database.url])
})
