import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { Orrery } from '@orrery/sdk'
import { createRuns } from '../api.ts'
import { median } from '../figures.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { orrery, ROOT } from '../servers/orrery.ts'

const CALLS = 300
const LOADS = 7
const FILES = 2_000
const FILE_BYTES = 1024
const POINTS = 1_000

export const sdk: Part = {
  name: 'sdk',
  title: 'TypeScript client',
  how: [
    `A call over a bare \`fetch\` of the same request that reads the same JSON, one after the other, in turns: the difference of the medians of ${CALLS} each. One reads a run, the other logs ${POINTS.toLocaleString('en-US')} points.`,
    `\`files.uploadMany\` of ${FILES.toLocaleString('en-US')} files of ${FILE_BYTES} bytes into a run, as many at a time as the client likes.`,
    `Loading: \`import('@orrery/sdk')\` in a process of its own with a warm compile cache, the median of ${LOADS}.`,
  ],
  async run(bench) {
    const rounds = new Rounds()
    const server = await orrery(bench.folder('sdk')).start()
    try {
      for (let round = 0; round < bench.rounds; round++) await measure(bench, rounds, server.url)
    } finally {
      await server.stop()
    }
    const figure = { unit: 'ms', better: 'less' } as const
    return [
      { ...figure, work: 'a call over the bare request', goal: 1, ours: rounds.of('get') },
      { ...figure, work: `logging ${POINTS} points over the bare request`, goal: 1, ours: rounds.of('log') },
      { work: 'upload of small files', unit: 'files/s', better: 'more', goal: 500, ours: rounds.of('files') },
      { ...figure, work: 'loading the client', ours: rounds.of('load') },
    ]
  },
}

async function measure(bench: Bench, rounds: Rounds, url: string): Promise<void> {
  const client = new Orrery({ url })
  const [run_id] = (await createRuns(url, 1)) as [string]
  const metrics = Array.from({ length: POINTS }, (_, step) => ({
    key: 'loss',
    value: step / 7,
    step,
    timestamp: 1,
  }))
  const get = await costOver(
    bench,
    () => client.runs.get({ run_id }),
    () => bare(`${url}/api/2.0/mlflow/runs/get?run_id=${run_id}`),
  )
  const log = await costOver(
    bench,
    () => client.runs.logBatch({ run_id, metrics }),
    () =>
      bare(`${url}/api/2.0/mlflow/runs/log-batch`, {
        method: 'POST',
        headers: JSON_BODY,
        body: JSON.stringify({ run_id, metrics }),
      }),
  )
  const files = await filesPerSecond(bench, client, run_id)
  const loads: number[] = []
  for (let n = 0; n < LOADS; n++) loads.push(await loadOnce())
  const load = median(loads)
  rounds.add('get', get)
  rounds.add('log', log)
  rounds.add('files', files)
  rounds.add('load', load)
  bench.say(
    `a call ${get.toFixed(3)} ms, ${POINTS} points ${log.toFixed(3)} ms, ${Math.round(files)} files/s, loading ${load.toFixed(1)} ms`,
  )
}

const JSON_BODY = { 'content-type': 'application/json' }

async function bare(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return JSON.parse(await response.text())
}

/** @returns milliseconds; both ways warm up before the first that counts */
async function costOver(
  bench: Bench,
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
): Promise<number> {
  const times: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
  const calls = Math.max(20, bench.size(CALLS))
  const warmUp = 20
  for (let n = 0; n < warmUp + calls; n++) {
    for (const [name, call] of [
      ['ours', ours],
      ['theirs', theirs],
    ] as const) {
      const startedMs = performance.now()
      await call()
      if (n >= warmUp) times[name].push(performance.now() - startedMs)
    }
  }
  return median(times.ours) - median(times.theirs)
}

async function filesPerSecond(bench: Bench, client: Orrery, run_id: string): Promise<number> {
  // With a few, the first ones, for which connections are opened, would be all that is measured.
  const count = Math.max(500, bench.size(FILES))
  const body = new Uint8Array(FILE_BYTES).fill(7)
  const files = Array.from({ length: count }, (_, n) => ({ path: `small/${n}.bin`, body }))
  const startedMs = performance.now()
  const stored = await client.files.uploadMany({ run_id }, files)
  if (stored.files !== count) throw new Error(`${stored.files} of ${count} files were stored`)
  return (count * 1000) / (performance.now() - startedMs)
}

const LOADING = `
import { enableCompileCache, flushCompileCache } from 'node:module'
enableCompileCache()
const startedMs = performance.now()
await import('@orrery/sdk')
console.log(performance.now() - startedMs)
flushCompileCache()
`

/** Milliseconds. The first one fills the cache, which the median forgets. */
async function loadOnce(): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', LOADING], {
    cwd: join(ROOT, 'bench'),
  })
  let output = ''
  for await (const piece of child.stdout) output += piece
  return Number(output)
}
