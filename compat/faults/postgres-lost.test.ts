import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeClient, type Reply } from './client.ts'
import { freshPostgres, isChosen, ownPostgres } from './engines.ts'
import { Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { countOutcomes, createExperiment, createRuns, mustHaveHappened, proveLedger } from './prove.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'
import { until } from './until.ts'

const skip = !isChosen('postgres')
const CUTS = 40
const ENOUGH = 100

const CUT = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`

/** Counts answers, and keeps those that a lost database must not cause. */
function watchAnswers() {
  const seen = { accepted: 0, unavailable: 0, wrong: [] as string[] }
  const onAnswer = (kind: string, { status, headers, body }: Reply) => {
    if (status === 200) seen.accepted++
    else if (status === 503) {
      seen.unavailable++
      if (headers['retry-after'] === undefined) seen.wrong.push(`${kind}: 503 without Retry-After`)
    } else if (status >= 500) seen.wrong.push(`${kind}: ${status} ${body}`)
  }
  return { seen, onAnswer }
}

test('connections to PostgreSQL that are cut again and again: 503 at most, and every answer holds', {
  skip,
}, async (t) => {
  const seed = chooseSeed()
  await using folder = await temporaryFolder()
  await using database = await freshPostgres()
  const home = join(folder.path, 'home')
  const server = await startServer({ home, settings: ['--database-url', database.url] })
  const experimentId = await createExperiment(server.url, 'cut off')
  const sharedRuns = await createRuns(server.url, experimentId, 2)
  const ledger = new Ledger(join(folder.path, 'ledger'))
  const { seen, onAnswer } = watchAnswers()
  const random = makeRandom(seed)
  const load = startLoad(server.url, { ledger, random, experimentId, sharedRuns, onAnswer })
  for (let cut = 0; cut < CUTS; cut++) {
    const goal = seen.accepted + random.whole(1, 10)
    await until(() => seen.accepted >= goal)
    await database.ask(CUT)
  }
  const before = seen.accepted
  await until(() => seen.accepted > before + ENOUGH)
  await load.stop()

  const entries = ledger.entries()
  const context = `seed ${seed}; ${CUTS} cuts; ${countOutcomes(entries)}`
  t.diagnostic(context)
  assert.deepEqual(seen.wrong, [])
  assert.ok(seen.unavailable > 0, 'no request ever met a cut connection')
  mustHaveHappened(entries, ['create', 'logBatch', 'logMetric', 'putFile'], ['unknown'])
  await proveLedger(server.url, experimentId, entries, context)
  assert.equal(await server.stop(), 0)
})

test('a PostgreSQL that goes down and comes back: 503 with Retry-After meanwhile, and no restart of ours', {
  skip,
}, async (t) => {
  const seed = chooseSeed()
  await using folder = await temporaryFolder()
  // The user that PostgreSQL runs as must get through.
  await chmod(folder.path, 0o755)
  await using postgres = await ownPostgres(folder.path)
  const server = await startServer({
    home: join(folder.path, 'home'),
    settings: ['--database-url', postgres.url],
  })
  const experimentId = await createExperiment(server.url, 'down for a while')
  const ledger = new Ledger(join(folder.path, 'ledger'))
  const { seen, onAnswer } = watchAnswers()
  const load = startLoad(server.url, { ledger, random: makeRandom(seed), experimentId, onAnswer })
  const client = makeClient(server.url)
  await until(() => seen.accepted > ENOUGH)
  await postgres.stop()
  const met = seen.unavailable
  await until(() => seen.unavailable > met + 10)
  assert.equal((await client.send('GET', '/health')).status, 200)
  const unready = await client.send('GET', '/ready')
  assert.equal(unready.status, 503)
  await postgres.start()
  const before = seen.accepted
  await until(() => seen.accepted > before + ENOUGH)
  assert.equal((await client.send('GET', '/ready')).status, 200)
  await load.stop()
  client.close()

  const entries = ledger.entries()
  const context = `seed ${seed}; ${countOutcomes(entries)}`
  t.diagnostic(context)
  assert.deepEqual(seen.wrong, [])
  await proveLedger(server.url, experimentId, entries, context)
  assert.equal(await server.stop(), 0)
})
