import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { openPostgres } from '@orrery/drivers/db/postgres'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '@orrery/drivers/db/testing'
import { openReceiver } from '../../../drivers/egress/testing/receiver.ts'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { openDeliveries } from './testing/open-deliveries.ts'
import { scriptedEgress } from './testing/scripted-egress.ts'

const KILLS = 20
/** A pause of ten seconds takes half of one. */
const QUICKER = 20
const CHILD = join(import.meta.dirname, 'testing/delivering-child.ts')

type Where = { readonly folder: string } | { readonly url: string }

/** At moments that differ from kill to kill. */
const linesOf = (round: number) => 100 + ((round * 7_919) % 1_900)

interface Delivering {
  readonly child: ChildProcess
  /** Resolves when it has written so many events. @returns their ids */
  written(count: number): Promise<void>
  kill(): Promise<void>
}

function begin(where: Where, emits: boolean, acknowledged: Set<string>): Delivering {
  const argument = JSON.stringify({ ...where, emits, quicker: QUICKER })
  const child = spawn(process.execPath, [CHILD, argument], { stdio: ['ignore', 'pipe', 'inherit'] })
  let rest = ''
  let lines = 0
  let heard = () => {}
  child.stdout!.setEncoding('utf8')
  child.stdout!.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop()!
    for (const line of parts) acknowledged.add(line)
    lines += parts.length
    heard()
  })
  return {
    child,
    written: (count) =>
      new Promise((resolve, reject) => {
        heard = () => lines >= count && resolve()
        child.once('exit', () => reject(new Error('it ended by itself')))
        heard()
      }),
    async kill() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** Makes the subscriptions that everything goes to. */
async function subscribe(db: Database, url: string): Promise<void> {
  const { egress } = scriptedEgress()
  await using it = await openDeliveries(db, { egress })
  for (const workspace of [it.here, it.elsewhere]) {
    await it.subscriptions.create(workspace, {
      name: 'hook',
      shape: 'cloudevents',
      target: url,
      filter: { types: ['run.deleted'] },
    })
  }
}

/** Answers 503 now and then, and remembers in which order events came first. */
async function openCounting() {
  const seen = new Set<string>()
  const bySubject = new Map<string, number[]>()
  let calls = 0
  const receiver = await openReceiver(({ body }, response) => {
    calls += 1
    if (calls % 97 === 0) {
      response.writeHead(503).end()
      return
    }
    const { id, subject, sequence, source } = JSON.parse(body)
    if (!seen.has(id)) {
      seen.add(id)
      const key = `${source} ${subject}`
      const list = bySubject.get(key)
      if (list === undefined) bySubject.set(key, [Number(sequence)])
      else list.push(Number(sequence))
    }
    response.end()
  })
  return { receiver, seen, bySubject, calls: () => calls }
}

async function idsIn(db: Database): Promise<string[]> {
  const rows = await db.read
    .tables<EventsTables>()
    .selectFrom('event_log')
    .select('event_id')
    .where('type', '=', 'run.deleted')
    .execute()
  return rows.map((row) => row.event_id)
}

/** Longer than the first pauses before an attempt is repeated. */
const SILENCE_MS = 240_000

/** Waits for all of them, as long as any arrive: how many a second is the machine's affair. */
async function untilSeen(seen: ReadonlySet<string>, ids: Iterable<string>): Promise<void> {
  const all = [...ids]
  let size = -1
  let ends = 0
  while (!all.every((id) => seen.has(id))) {
    if (seen.size !== size) ends = Date.now() + SILENCE_MS
    if (Date.now() > ends) return
    size = seen.size
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function killOften(where: Where, open: () => Promise<Database>, servers: number): Promise<void> {
  const counting = await openCounting()
  await using receiver = counting.receiver
  {
    await using db = await open()
    await db.migrate([eventsMigrations])
    await subscribe(db, receiver.url)
  }
  const acknowledged = new Set<string>()
  const running = Array.from({ length: servers }, () => begin(where, true, acknowledged))
  for (let round = 0; round < KILLS; round++) {
    const at = round % servers
    await running[at]!.written(linesOf(round))
    await running[at]!.kill()
    running[at] = begin(where, round < KILLS - servers, acknowledged)
  }
  // What is left arrives, and nothing is written any more.
  await Promise.all(running.slice(1).map((one) => one.kill()))
  await untilSeen(counting.seen, acknowledged)
  await running[0]!.kill()
  // Those without an answer may be in the log all the same, and wait for their next attempt.
  let logged: string[]
  {
    await using db = await open()
    logged = await idsIn(db)
  }
  if (logged.some((id) => !counting.seen.has(id))) {
    const last = begin(where, false, acknowledged)
    await untilSeen(counting.seen, logged)
    await last.kill()
  }
  const missing = logged.filter((id) => !counting.seen.has(id))
  assert.equal(missing.length, 0, `${missing.length} of ${logged.length} events have not arrived`)
  assert.ok(
    [...acknowledged].every((id) => counting.seen.has(id)),
    'an event with an answer has not arrived',
  )
  for (const [subject, positions] of counting.bySubject) {
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
      `first arrivals of ${subject}`,
    )
  }
  assert.ok(acknowledged.size > 5_000, `only ${acknowledged.size} events were written`)
}

if (chosenEngines().includes('sqlite')) {
  test('killed 20 times with 1,000 writes under way, the server on sqlite delivers each event, in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orrery-test-'))
    try {
      await killOften({ folder }, () => openSqlite({ folder }), 1)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

if (chosenEngines().includes('postgres')) {
  describe('on postgres', () => {
    stopPostgresAfterTests()

    for (const servers of [1, 2]) {
      test(`${servers} server(s), killed 20 times with 1,000 writes under way, deliver each event, in order`, async () => {
        const { url, drop } = await makeTestSchema()
        await killOften({ url }, () => openPostgres({ url }), servers)
        await drop()
      })
    }
  })
}
