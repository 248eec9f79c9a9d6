import { createRuns, get } from '../api.ts'
import { logMetricRequests } from '../load/log-requests.ts'
import type { Plan } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { orrery } from '../servers/orrery.ts'
import { syncBesideDd } from '../sync-beside-dd.ts'
import { filledHome, filters, MANY_RUNS } from './search.ts'

const PER_SECOND = 100
const CONNECTIONS = 8
const SECONDS = 15
const MIB = 2 ** 20

export const mixed: Part = {
  name: 'mixed',
  title: 'log-metric at 100/s beside heavy work',
  how: [
    `One store with 500,000 runs; \`log-metric\` at a constant ${PER_SECOND}/s over ${CONNECTIONS} connections for ${SECONDS} s, latency counted from when a request was due.`,
    'Beside it: nothing; one filter search after the other over the 500,000 runs; uploads of 1 GiB, one after the other.',
    'The disk alone: how long a sync of 4 KiB takes while `dd` writes 1 GiB after the other.',
  ],
  async run(bench) {
    const home = await filledHome(bench, MANY_RUNS.runs, MANY_RUNS.name)
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      const server = await orrery(home).start()
      try {
        for (const beside of ['nothing', 'searches', 'uploads'] as const) {
          const p99 = await measure(bench, server.url, beside)
          rounds.add(beside, p99)
          bench.say(`beside ${beside}: p99 ${p99.toFixed(1)} ms`)
        }
      } finally {
        await server.stop()
      }
      const disk = await syncBesideDd(
        bench.folder(`mixed-disk-${round}`),
        bench.size(1024),
        bench.seconds(SECONDS),
      )
      rounds.add('disk', disk)
      bench.say(`a sync beside dd: p99 ${disk.toFixed(1)} ms`)
    }
    const p99 = { unit: 'ms', better: 'less' } as const
    return [
      { work: 'p99 beside nothing', ...p99, ours: rounds.of('nothing') },
      { work: 'p99 beside searches of 500,000 runs', ...p99, goal: 60, ours: rounds.of('searches') },
      { work: 'p99 beside uploads of 1 GiB', ...p99, goal: 60, ours: rounds.of('uploads') },
      { work: 'p99 of a sync of the disk beside `dd`', ...p99, ours: rounds.of('disk') },
    ]
  },
}

async function measure(
  bench: Bench,
  url: string,
  beside: 'nothing' | 'searches' | 'uploads',
): Promise<number> {
  const runs = await createRuns(url, CONNECTIONS)
  const work = { stopped: false }
  const heavy = besides(bench, url, beside, work)
  // Whichever fails first is told; the other ends with its load.
  const { latency } = await Promise.race([
    runLoad({
      kind: 'requests',
      url,
      connections: CONNECTIONS,
      seconds: bench.seconds(SECONDS),
      warmUpSeconds: 1,
      ratePerSecond: PER_SECOND,
      requests: logMetricRequests(runs),
    }),
    heavy.then(() => Promise.withResolvers<never>().promise),
  ])
  work.stopped = true
  await heavy
  return latency.p99
}

/** Repeats the heavy work until it is stopped. */
async function besides(
  bench: Bench,
  url: string,
  beside: 'nothing' | 'searches' | 'uploads',
  work: { readonly stopped: boolean },
): Promise<void> {
  if (beside === 'nothing') return
  const plan = beside === 'searches' ? searches(url) : await anUpload(bench, url)
  while (!work.stopped) await runLoad(plan)
}

const searches = (url: string): Plan => ({
  kind: 'requests',
  url,
  connections: 1,
  seconds: 3,
  requests: filters(),
})

async function anUpload(bench: Bench, url: string): Promise<Plan> {
  const [runId] = await createRuns(url, 1)
  const { run } = await get<{ run: { info: { artifact_uri: string } } }>(url, `runs/get?run_id=${runId}`)
  const root = run.info.artifact_uri.replace(/^mlflow-artifacts:\/+/, '')
  const path = `/api/2.0/mlflow-artifacts/artifacts/${root}/large.bin`
  return { kind: 'upload', url, path, bytes: bench.size(1024) * MIB }
}
