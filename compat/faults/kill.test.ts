import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshPostgres, isChosen } from './engines.ts'
import { Ledger } from './ledger.ts'
import { type Kind, startLoad } from './load.ts'
import { countOutcomes, createExperiment, createRuns, mustHaveHappened, proveLedger } from './prove.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { launch, type RunningServer, type ServerOptions, startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'

/** How often the server is killed on each engine. */
const ROUNDS = Number(process.env.ORRERY_FAULT_ROUNDS ?? 20)
const SHARED_RUNS = 2
const MOST_ANSWERS = 200
const LONGEST_ROUND_MS = 1_000
/** On a machine where a start on an empty home takes less than a third of it; thrice as long as that on others. */
const READY_WITHIN_MS = 2_000
const EVERY_KIND: readonly Kind[] = ['create', 'logBatch', 'logMetric', 'logParam', 'setTag', 'putFile']

/** Kills the server at random moments under load, starts it again, and reads everything back at the end. */
async function killRepeatedly(options: ServerOptions, folder: string, t: TestContext): Promise<void> {
  const seed = chooseSeed()
  const random = makeRandom(seed)
  const ledger = new Ledger(join(folder, 'ledger'))
  let server = await startServer(options)
  const limitMs = Math.max(READY_WITHIN_MS, 3 * startOf(server))
  const experimentId = await createExperiment(server.url, 'killed')
  const sharedRuns = await createRuns(server.url, experimentId, SHARED_RUNS)
  const readyMs: number[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const moment = afterAnswers(random.whole(1, MOST_ANSWERS))
    const load = startLoad(server.url, { ledger, random, experimentId, sharedRuns, onAnswer: moment.count })
    await Promise.race([moment.comes, sleep(LONGEST_ROUND_MS)])
    await server.kill()
    await load.stop()
    if (round % 5 === 0) await killWhileStarting(options, random.whole(0, 300))
    server = await startServer(options)
    readyMs.push(startOf(server))
  }
  const entries = ledger.entries()
  const slowest = Math.max(...readyMs)
  const context = `seed ${seed}; ${ROUNDS} kills; ${countOutcomes(entries)}; slowest start ${slowest.toFixed()} ms`
  t.diagnostic(context)
  await proveLedger(server.url, experimentId, entries, context)
  mustHaveHappened(entries, EVERY_KIND, ['failed', 'unknown'])
  assert.ok(slowest < limitMs, `${context}; at most ${limitMs.toFixed()} ms`)
  assert.equal(await server.stop(), 0)
}

/** On a busy machine a start waits for others, which says nothing of the server: then its own time counts. */
function startOf({ readyMs, readyCpuMs = Infinity }: RunningServer): number {
  return Math.min(readyMs, readyCpuMs)
}

/** Counted in answers, so that a round on a busy machine does as much as on an idle one. */
function afterAnswers(many: number) {
  let left = many
  let tell = () => {}
  const comes = new Promise<void>((resolve) => {
    tell = resolve
  })
  const count = () => {
    left--
    if (left === 0) tell()
  }
  return { comes, count }
}

/** Recovery that is broken off must be recovered from too. */
async function killWhileStarting(options: ServerOptions, afterMs: number): Promise<void> {
  const { child, ended } = launch(options)
  await sleep(afterMs)
  child.kill('SIGKILL')
  await ended
}

test('SQLite: kill -9 loses nothing, invents nothing', { skip: !isChosen('sqlite') }, async (t) => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  await killRepeatedly({ home }, folder.path, t)
  const database = new DatabaseSync(join(home, 'orrery.db'), { readOnly: true })
  assert.equal(database.prepare('pragma integrity_check').get()?.integrity_check, 'ok')
  database.close()
})

test('PostgreSQL: kill -9 loses nothing, invents nothing', { skip: !isChosen('postgres') }, async (t) => {
  await using folder = await temporaryFolder()
  await using database = await freshPostgres()
  const settings = ['--database-url', database.url]
  await killRepeatedly({ home: join(folder.path, 'home'), settings }, folder.path, t)
})
