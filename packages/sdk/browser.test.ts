import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

/* What a browser lacks is taken away before the client is loaded. That no file imports `node:` the guard sees to. */

const PROGRAM = `
import { parentPort, workerData } from 'node:worker_threads'
const { Buffer } = globalThis
const touched = []
for (const name of ['process', 'global', 'setImmediate', 'clearImmediate', 'require', 'module']) delete globalThis[name]
// Node's own Response wants it; whoever else asks is told on.
Object.defineProperty(globalThis, 'Buffer', {
  get() {
    const caller = new Error().stack.split('\\n')[2]
    if (caller.includes('node:internal')) return Buffer
    touched.push(caller)
    return undefined
  },
})
const { Orrery } = await import(workerData.index)
const answers = []
const orrery = new Orrery({
  url: 'http://server.test',
  fetch: async (address, init) => {
    answers.push(new URL(address).pathname)
    if (address.includes('runs/get')) return Response.json({ run: { info: { artifact_uri: 'mlflow-artifacts:/0/r/artifacts' } } })
    if (init.method === 'PUT') return new Response('', { headers: { 'x-request-id': 'r' } })
    if (address.includes('stream')) return new Response('id: 1\\ndata: {"specversion":"1.0","type":"orrery.run.created"}\\n\\n', { headers: { 'content-type': 'text/event-stream' } })
    return new Response('0123456789', { headers: { etag: '"e"', 'content-length': '10', 'x-request-id': 'r' } })
  },
})
await orrery.files.upload({ run_id: 'r' }, 'a', new File(['x'], 'x.txt'))
const text = await (await orrery.files.download({ run_id: 'r' }, 'a')).text()
let type
for await (const event of orrery.live()) { type = event.type; break }
parentPort.postMessage({ text, type, touched, answers })
`

test('it works without anything of Node', async () => {
  const index = new URL('./index.ts', import.meta.url).href
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`), {
    workerData: { index },
  })
  const told = await new Promise<Record<string, unknown>>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  assert.deepEqual(told.touched, [])
  assert.equal(told.text, '0123456789')
  assert.equal(told.type, 'run.created')
  assert.equal((told.answers as string[]).length, 4)
})
