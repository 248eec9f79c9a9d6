import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { openPostgres } from '@orrery/drivers/db/postgres'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../index.ts'
import { openLog } from '../testing/open-log.ts'
import { verifyLog, waitingEvents } from '../testing/verify.ts'

const KILLS = 20
/** Writes that have no answer yet at any moment. */
const IN_FLIGHT = 1_000

const url = (file: string) => new URL(file, import.meta.url).href

/** Emits until it is killed, and says the id of each event after its answer. */
function writer(open: string): string {
  return `
    import { randomIds } from '@orrery/base/kernel'
    import { openSqlite } from '@orrery/drivers/db/sqlite'
    import { openPostgres } from '@orrery/drivers/db/postgres'
    import { eventsMigrations } from '${url('../index.ts')}'
    import { openLog, someone } from '${url('../testing/open-log.ts')}'
    const db = await ${open}
    await db.migrate([eventsMigrations])
    let id = ''
    const ids = { hex32: () => (id = randomIds.hex32()) }
    const log = await openLog(db, { ids })
    const client = async (at) => {
      for (;;) {
        let mine
        const written = db.inTx(async (tx) => {
          const event = { type: 'run.deleted', subject: 'runs/' + (at % 50), on: 1 }
          const emitted = log.emit(tx, someone(1 + (at % 3)), event)
          mine = id
          await emitted
        })
        // On a busy machine some of a thousand wait too long for one of the connections, and are refused.
        const isWritten = await written.then(() => true, (error) => {
          if (error.code !== 'TEMPORARILY_UNAVAILABLE') throw error
        })
        if (isWritten) process.stdout.write(mine + '\\n')
      }
    }
    await Promise.all(Array.from({ length: ${IN_FLIGHT} }, (_, at) => client(at)))
  `
}

async function writeUntilKilled(open: string, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer(open)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  })
  let told = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    told += text
    if (told.length > lines * 33) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return told.split('\n').slice(0, -1)
}

async function check(open: () => Promise<Database>, acknowledged: readonly string[]): Promise<void> {
  await using db = await open()
  await using log = await openLog(db)
  assert.equal(await waitingEvents(db), 0)
  const logged = await verifyLog(db)
  assert.equal(log.log.durable, logged.length)
  const there = new Set(logged)
  assert.equal(there.size, logged.length, 'an event is in the log twice')
  assert.deepEqual(
    acknowledged.filter((id) => !there.has(id)),
    [],
  )
}

/** At moments that differ from kill to kill. */
const linesOf = (round: number) => 20 + ((round * 7_919) % 1_500)

async function killOften(childOpens: string, open: () => Promise<Database>): Promise<void> {
  const acknowledged: string[] = []
  for (let round = 0; round < KILLS; round++) {
    acknowledged.push(...(await writeUntilKilled(childOpens, linesOf(round))))
    await check(open, acknowledged)
  }
  assert.ok(acknowledged.length > 5_000, `only ${acknowledged.length} events were written`)
}

if (chosenEngines().includes('sqlite')) {
  test('killed 20 times with 1,000 writes under way, the log on sqlite has every event once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orrery-test-'))
    try {
      await killOften(`openSqlite({ folder: ${JSON.stringify(folder)} })`, () => openSqlite({ folder }))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

function postgresTests(): void {
  test('killed 20 times with 1,000 writes under way, the log on postgres has every event once', async () => {
    const { url, drop } = await makeTestSchema()
    {
      await using db = await openPostgres({ url })
      await db.migrate([eventsMigrations])
    }
    await killOften(`openPostgres({ url: ${JSON.stringify(url)} })`, () => openPostgres({ url }))
    await drop()
  })

  test('of two servers on one postgres, one killed again and again, the log has every event once', async () => {
    const { url, drop } = await makeTestSchema()
    {
      await using db = await openPostgres({ url })
      await db.migrate([eventsMigrations])
    }
    const acknowledged: string[] = []
    const opens = `openPostgres({ url: ${JSON.stringify(url)} })`
    const steady = writeUntilKilled(opens, 6_000)
    for (let round = 0; round < 5; round++) acknowledged.push(...(await writeUntilKilled(opens, 200)))
    acknowledged.push(...(await steady))
    await check(() => openPostgres({ url }), acknowledged)
    await drop()
  })
}

if (chosenEngines().includes('postgres')) {
  stopPostgresAfterTests()
  describe('killed sequencers', postgresTests)
}
