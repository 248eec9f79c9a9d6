import assert from 'node:assert/strict'
import { appendFile, cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { check, describeVerdict, FILE_PLACE, isClean, type Verdict } from './check.ts'
import { type Entry, Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { createExperiment } from './prove.ts'
import { makeRandom } from './random.ts'
import { readBack } from './read-back.ts'
import { startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'
import { until } from './until.ts'

const ANSWERS = 150

type Fault = keyof Verdict

/** One harm to a store at a time; the checker must name each, and nothing where there is none. */
const harms: { name: string; fault?: Fault; sql?: string; file?: (path: string) => Promise<void> }[] = [
  { name: 'nothing' },
  {
    name: 'a param is removed',
    fault: 'lost',
    sql: 'delete from run_params where (run_key, key) in (select run_key, key from run_params limit 1)',
  },
  {
    name: 'a tag gets another value',
    fault: 'phantom',
    sql: `update run_tags set value = 'x' where (run_key, key) in
      (select run_key, key from run_tags where key like 't%' limit 1)`,
  },
  {
    name: 'a point appears',
    fault: 'phantom',
    sql: 'insert into points select series_key, 999999, 0, 0.25, 0 from series limit 1',
  },
  {
    name: 'a latest value is not the last one',
    fault: 'disagreeing',
    sql: 'update latest set value = 0.25 where (run_key, key) in (select run_key, key from latest limit 1)',
  },
  {
    name: 'a run is there twice',
    fault: 'duplicated',
    sql: `update run_tags set value = (select max(value) from run_tags where key like 'ledger.%')
      where key like 'ledger.%'`,
  },
  { name: 'a file has another byte', fault: 'digest', file: (path) => appendFile(path, '!') },
  { name: 'a file is gone', fault: 'lost', file: (path) => rm(path) },
]

test('the checker finds every harm that is done to a store', async (t) => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const server = await startServer({ home })
  const experimentId = await createExperiment(server.url, 'to be harmed')
  const ledger = new Ledger(join(folder.path, 'ledger'))
  let answers = 0
  const onAnswer = () => {
    answers++
  }
  const load = startLoad(server.url, { ledger, random: makeRandom(1), experimentId, onAnswer })
  await until(() => answers > ANSWERS)
  await load.stop()
  await server.stop()

  for (const [i, { name, fault, sql, file }] of harms.entries()) {
    await t.test(name, async () => {
      const harmed = join(folder.path, String(i))
      await cp(home, harmed, { recursive: true })
      if (sql !== undefined) harmDatabase(join(harmed, 'orrery.db'), sql)
      if (file !== undefined) await file(await anyFile(join(harmed, 'artifacts')))
      const verdict = await judgeHome(harmed, experimentId, ledger.entries())
      if (fault === undefined) assert.ok(isClean(verdict), describeVerdict(verdict))
      else assert.ok(verdict[fault].length > 0, `${fault} is empty:\n${describeVerdict(verdict)}`)
    })
  }
})

function harmDatabase(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  const { changes } = database.prepare(sql).run()
  database.close()
  assert.ok(Number(changes) > 0, 'no harm was done')
}

async function anyFile(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true })
  return join(folder, names.find((name) => name.endsWith('.bin'))!)
}

async function judgeHome(home: string, experimentId: string, entries: readonly Entry[]): Promise<Verdict> {
  const server = await startServer({ home })
  const places = entries.flatMap(({ cells }) => cells.map(({ place }) => place))
  const files = places.filter((place) => place.startsWith(FILE_PLACE))
  const verdict = check(entries, await readBack(server.url, experimentId, files))
  await server.stop()
  return verdict
}
