import { createRuns } from '../api.ts'
import { logMetricRequests } from '../load/log-requests.ts'
import { runLoad } from '../load/run-load.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import type { Contender } from '../servers/server.ts'

const CONNECTIONS = 64
const SECONDS = 10
const STEADY_PER_SECOND = 15_000
/** Below what one machine of two cores reaches, or nothing but the queue would be measured. */
const MLFLOW_STEADY_PER_SECOND = 75

export const logMetric: Part = {
  name: 'log-metric',
  title: 'log-metric: 64 connections',
  how: [
    `${CONNECTIONS} connections, each to a run of its own, one new point a request, for ${SECONDS} s; every answer waits for the disk.`,
    'Most that it does: each connection sends when it was answered.',
    `Latency: at a constant ${STEADY_PER_SECOND}/s (\`mlflow server\`: ${MLFLOW_STEADY_PER_SECOND}/s), counted from the moment a request was due, also when no connection was free.`,
  ],
  async run(bench) {
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      await measure(
        bench,
        rounds,
        'ours',
        orrery(bench.folder(`log-metric-orrery-${round}`)),
        STEADY_PER_SECOND,
      )
      if (!bench.withMlflow(round)) continue
      const theirs = mlflow(bench.folder(`log-metric-mlflow-${round}`))
      await measure(bench, rounds, 'theirs', theirs, MLFLOW_STEADY_PER_SECOND)
    }
    const both = (name: string) => ({ ours: rounds.of(`ours ${name}`), theirs: rounds.of(`theirs ${name}`) })
    return [
      { work: 'most', unit: 'requests/s', better: 'more', goal: 15_000, ...both('rate') },
      { work: 'p99 at that rate', unit: 'ms', better: 'less', ...both('busy p99') },
      { work: 'p50 at the constant rate', unit: 'ms', better: 'less', ...both('p50') },
      { work: 'p99 at the constant rate', unit: 'ms', better: 'less', goal: 15, ...both('p99') },
    ]
  },
}

async function measure(
  bench: Bench,
  rounds: Rounds,
  name: string,
  contender: Contender,
  ratePerSecond: number,
): Promise<void> {
  const server = await contender.start()
  const { url } = server
  const seconds = bench.seconds(SECONDS)
  const load = { kind: 'requests', url, connections: CONNECTIONS, seconds, warmUpSeconds: 1 } as const
  try {
    const busy = await runLoad({ ...load, requests: logMetricRequests(await createRuns(url, CONNECTIONS)) })
    const steady = await runLoad({
      ...load,
      requests: logMetricRequests(await createRuns(url, CONNECTIONS)),
      ratePerSecond,
    })
    rounds.add(`${name} rate`, busy.requests / busy.seconds)
    rounds.add(`${name} busy p99`, busy.latency.p99)
    rounds.add(`${name} p50`, steady.latency.p50)
    rounds.add(`${name} p99`, steady.latency.p99)
    const rate = Math.round(busy.requests / busy.seconds)
    bench.say(
      `${contender.name}: ${rate}/s (load ${busy.cpuShare.toFixed(2)}); steady p99 ${steady.latency.p99.toFixed(1)} ms`,
    )
  } finally {
    await server.stop()
  }
}
