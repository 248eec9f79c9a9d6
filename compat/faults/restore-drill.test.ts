import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freshPostgres, isChosen } from './engines.ts'
import { type Entry, Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { countOutcomes, createExperiment, mustHaveHappened, proveLedger } from './prove.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'
import { until } from './until.ts'

type Engine = Parameters<typeof isChosen>[0]

const MAIN = join(import.meta.dirname, '../../apps/server/main.ts')
const ANSWERS = 400

/** Runs a command of `./orrery`; rejects with what it printed if it fails. */
const orrery = async (...words: string[]) =>
  (await promisify(execFile)(process.execPath, [MAIN, ...words])).stdout

/** What came after a backup had begun may be in it or not, and either is right. */
function fromThenOnUnknown(entries: readonly Entry[], before: number): Entry[] {
  return entries.map((entry, i) => (i < before ? entry : { ...entry, outcome: 'unknown' }))
}

/** The settings that name a fresh place for the data of an engine. */
async function place(engine: Engine): Promise<AsyncDisposable & { readonly settings: string[] }> {
  if (engine === 'sqlite') return { settings: [], [Symbol.asyncDispose]: async () => {} }
  const database = await freshPostgres()
  return {
    settings: ['--database-url', database.url],
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

const DRILLS: { from: Engine; to: Engine }[] = [
  { from: 'sqlite', to: 'sqlite' },
  { from: 'postgres', to: 'postgres' },
  { from: 'postgres', to: 'sqlite' },
  { from: 'sqlite', to: 'postgres' },
]

for (const { from, to } of DRILLS) {
  test(`${from}: a backup under load restores to all that was acknowledged before, on ${to}`, {
    skip: !isChosen(from) || !isChosen(to),
  }, async (t) => {
    const seed = chooseSeed()
    await using folder = await temporaryFolder()
    await using source = await place(from)
    await using target = await place(to)
    const home = join(folder.path, 'home')
    const server = await startServer({ home, settings: source.settings })
    const experimentId = await createExperiment(server.url, 'backed up')
    const ledger = new Ledger(join(folder.path, 'ledger'))
    let answers = 0
    const onAnswer = () => void answers++
    const options = { ledger, random: makeRandom(seed), experimentId, workers: 4, onAnswer }
    const load = startLoad(server.url, options)
    await until(() => answers > ANSWERS)
    const before = ledger.entries()
    const backup = join(folder.path, 'backup')
    t.diagnostic(await orrery('backup', '--home', home, '--to', backup, ...source.settings))
    await load.stop()
    assert.equal(await server.stop(), 0)

    const restored = join(folder.path, 'restored')
    const words = ['--from', backup, '--home', restored, ...target.settings]
    t.diagnostic(await orrery('restore', ...words))
    if (to === 'postgres') {
      const again = ['--from', backup, '--home', join(folder.path, 'again'), ...target.settings]
      await assert.rejects(orrery('restore', ...again), /The database is not empty: it has the table/)
    }
    t.diagnostic(await orrery('audit', 'verify', '--home', restored, ...target.settings))
    const second = await startServer({ home: restored, settings: target.settings })
    const entries = fromThenOnUnknown(ledger.entries(), before.length)
    // What was under way when the backup began had no answer yet.
    const asked = entries.map((entry, i) => (i < before.length ? before[i]! : entry))
    const context = `seed ${seed}; before: ${countOutcomes(before)}; in all: ${entries.length}`
    t.diagnostic(context)
    mustHaveHappened(before, ['create', 'logBatch', 'putFile'], [])
    assert.ok(entries.length > before.length, 'nothing was written while the backup was made')
    await proveLedger(second.url, experimentId, asked, context)
    assert.equal(await second.stop(), 0)
  })
}

test('PostgreSQL: the artifacts alone are backed up and held against a restored database', {
  skip: !isChosen('postgres'),
}, async (t) => {
  const seed = chooseSeed()
  await using folder = await temporaryFolder()
  await using database = await freshPostgres()
  const settings = ['--database-url', database.url]
  const server = await startServer({ home: join(folder.path, 'home'), settings })
  const experimentId = await createExperiment(server.url, 'backed up')
  const ledger = new Ledger(join(folder.path, 'ledger'))
  let answers = 0
  const onAnswer = () => void answers++
  const options = { ledger, random: makeRandom(seed), experimentId, workers: 4, onAnswer }
  const load = startLoad(server.url, options)
  await until(() => answers > ANSWERS / 2)
  await load.stop()
  await server.stop()
  const words = [
    '--home',
    join(folder.path, 'home'),
    '--to',
    join(folder.path, 'backup'),
    '--artifacts-only',
    ...settings,
  ]
  assert.match(await orrery('backup', ...words), /pg_dump/)

  // The database stays as it is, as if its dump had been restored.
  const restored = join(folder.path, 'restored')
  const told = await orrery('restore', '--from', join(folder.path, 'backup'), '--home', restored, ...settings)
  assert.match(told, /^Start it with: .* --database-url /m)
  const second = await startServer({ home: restored, settings })
  const entries = ledger.entries()
  t.diagnostic(`seed ${seed}; ${countOutcomes(entries)}`)
  await proveLedger(second.url, experimentId, entries, `seed ${seed}`)
  assert.equal(await second.stop(), 0)
  await assert.rejects(startServer({ home: restored }), /--database-url/)
})
