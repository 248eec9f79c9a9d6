import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeClient } from './client.ts'
import { Ledger, type Outcome } from './ledger.ts'
import { startLoad } from './load.ts'
import { countOutcomes, createExperiment, createRuns, mustHaveHappened, proveLedger } from './prove.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { startServer } from './server.ts'
import { temporaryFolder } from './temporary.ts'
import { until } from './until.ts'

const ENOUGH = 200

test('a server that is told to stop under load answers all that it wrote, and ends with 0', async (t) => {
  const seed = chooseSeed()
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const server = await startServer({ home })
  const experimentId = await createExperiment(server.url, 'stopped')
  const [run] = await createRuns(server.url, experimentId, 1)
  const ledger = new Ledger(join(folder.path, 'ledger'))
  let answers = 0
  const load = startLoad(server.url, {
    ledger,
    random: makeRandom(seed),
    experimentId,
    onAnswer: () => {
      answers++
    },
  })
  await until(() => answers > ENOUGH)
  const upload = await beginUpload(server.url, `${experimentId}/${run}/artifacts/late.txt`, 'half')
  server.process.kill('SIGTERM')
  await until(() => server.printed().includes('stopping'))
  const answer = upload.setEncoding('utf8').toArray()
  upload.write('half')
  assert.match((await answer).join(''), /^HTTP\/1\.1 200/, 'the upload under way was not finished')
  assert.equal(await server.ended, 0)
  await load.stop()

  const second = await startServer({ home })
  const client = makeClient(second.url)
  const path = `/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${run}/artifacts/late.txt`
  assert.equal((await client.send('GET', path)).body.toString(), 'halfhalf')
  // It is not in the ledger, and has been looked at.
  assert.equal((await client.send('DELETE', path)).status, 200)
  client.close()
  // Of an orderly stop everybody knows the outcome: what was not answered was not done either.
  const told = ledger.entries()
  const entries = told.map((entry) => ({ ...entry, outcome: asOrderly(entry.outcome) }))
  const context = `seed ${seed}; ${countOutcomes(told)}`
  t.diagnostic(context)
  mustHaveHappened(entries, ['create', 'logBatch', 'putFile'], [])
  await proveLedger(second.url, experimentId, entries, context)
  assert.equal(await second.stop(), 0)
})

function asOrderly(outcome: Outcome): Outcome {
  return outcome === 'unknown' ? 'failed' : outcome
}

/** Sends the first half of the body, once the server has told that it is waiting for it. */
async function beginUpload(url: string, place: string, half: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const head = [
    `PUT /api/2.0/mlflow-artifacts/artifacts/${place} HTTP/1.1`,
    'host: localhost',
    'content-type: application/octet-stream',
    `content-length: ${2 * half.length}`,
    'expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  socket.write(half)
  return socket
}

const SLOW_CLIENTS = 300
const ANSWERED_WITHIN_MS = 1_000

test('hundreds of clients that hardly send anything do not slow the others down', async () => {
  await using folder = await temporaryFolder()
  const server = await startServer({ home: join(folder.path, 'home') })
  const { hostname, port } = new URL(server.url)
  const sockets = Array.from({ length: SLOW_CLIENTS }, () => connect(Number(port), hostname))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  for (const socket of sockets) {
    socket.on('error', () => {})
    socket.write('POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nhost: localhost\r\n')
    socket.write('content-type: application/json\r\ncontent-length: 1000000\r\n\r\n{')
  }
  const client = makeClient(server.url)
  const tookMs: number[] = []
  for (let i = 0; i < 50; i++) {
    for (const socket of sockets) socket.write(' ')
    const startedMs = performance.now()
    await client.ask('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' })
    tookMs.push(performance.now() - startedMs)
  }
  client.close()
  for (const socket of sockets) socket.destroy()
  const median = tookMs.sort((a, b) => a - b)[tookMs.length / 2]!
  assert.ok(median < ANSWERED_WITHIN_MS, `half of the calls took more than ${median.toFixed()} ms`)
  assert.equal(await server.stop(), 0)
})
