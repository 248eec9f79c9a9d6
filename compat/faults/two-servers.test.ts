import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { freshPostgres, isChosen } from './engines.ts'
import { Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { countOutcomes, createExperiment, createRuns, mustHaveHappened, proveLedger } from './prove.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'
import { until } from './until.ts'

const ANSWERS = 1_000
const SHARED_RUNS = 3

test('two servers write to the same runs of one PostgreSQL; one is killed, the other goes on', {
  skip: !isChosen('postgres'),
}, async (t) => {
  const seed = chooseSeed()
  const random = makeRandom(seed)
  await using folder = await temporaryFolder()
  await using database = await freshPostgres()
  const settings = ['--database-url', database.url, '--artifacts', join(folder.path, 'artifacts')]
  // Together, so that both find an empty database and one of them migrates it.
  const [first, second] = await Promise.all(
    ['one', 'two'].map((name) => startServer({ home: join(folder.path, name), settings })),
  )
  const experimentId = await createExperiment(first!.url, 'shared')
  const sharedRuns = await createRuns(second!.url, experimentId, SHARED_RUNS)

  const ledger = new Ledger(join(folder.path, 'ledger'))
  let answers = 0
  const onAnswer = () => {
    answers++
  }
  const options = { ledger, random, experimentId, sharedRuns, workers: 4, onAnswer }
  const loads = [first!, second!].map(({ url }) => startLoad(url, options))
  await until(() => answers > ANSWERS)
  await first!.kill()
  await until(() => answers > ANSWERS * 1.2)
  for (const load of loads) await load.stop()

  const entries = ledger.entries()
  const context = `seed ${seed}; ${countOutcomes(entries)}`
  t.diagnostic(context)
  mustHaveHappened(
    entries,
    ['create', 'logBatch', 'logMetric', 'logParam', 'setTag', 'putFile'],
    ['failed', 'unknown'],
  )
  await proveLedger(second!.url, experimentId, entries, context)
  assert.equal(await second!.stop(), 0)
})
