import { join } from 'node:path'
import { createRuns } from '../api.ts'
import { countPoints, countPointsByHistory } from '../count-points.ts'
import type { Figure } from '../figures.ts'
import { logBatchRequests } from '../load/log-requests.ts'
import { runLoad } from '../load/run-load.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import { type Postgres, startPostgres } from '../servers/postgres.ts'
import type { Contender } from '../servers/server.ts'
import { watchFile } from '../watch-file.ts'

const CONNECTIONS = 8
const BATCH = 1_000
const SECONDS = 60
/** `mlflow server` neither speeds up nor slows down after the first seconds; its share of the hour is kept small. */
const MLFLOW_SECONDS = 15
const MB = 1e6

export const logBatch: Part = {
  name: 'log-batch',
  title: 'log-batch: 8 connections x 1,000 metrics',
  how: [
    `${CONNECTIONS} connections, each logging to a run of its own, 1,000 new points of 10 keys a request; every answer waits for the disk.`,
    `${SECONDS} s for Orrery with all checkpoints, ${MLFLOW_SECONDS} s for \`mlflow server\`; the size of the WAL is looked at every 20 ms.`,
    'Afterwards the points are counted through the API and must equal those acknowledged; one series is read point by point.',
  ],
  async run(bench) {
    const rounds = new Rounds()
    const postgres = await startPostgres(bench.folder('log-batch-postgres'))
    try {
      for (let round = 0; round < bench.rounds; round++) await oneRound(bench, rounds, postgres, round)
    } finally {
      await postgres.stop()
    }
    return figures(rounds, postgres.version)
  },
}

async function oneRound(bench: Bench, rounds: Rounds, postgres: Postgres, round: number): Promise<void> {
  const seconds = bench.seconds(SECONDS)
  const folder = (name: string) => bench.folder(`log-batch-${name}-${round}`)
  await measure(bench, rounds, 'sqlite', orrery(folder('orrery')), seconds)
  await measure(
    bench,
    rounds,
    'postgres',
    orrery(folder('orrery-pg'), await postgres.makeDatabase()),
    seconds,
  )
  if (!bench.withMlflow(round)) return
  const short = Math.min(seconds, MLFLOW_SECONDS)
  await measure(bench, rounds, 'mlflow-sqlite', mlflow(folder('mlflow')), short)
  await measure(
    bench,
    rounds,
    'mlflow-postgres',
    mlflow(folder('mlflow-pg'), await postgres.makeDatabase()),
    short,
  )
}

async function measure(
  bench: Bench,
  rounds: Rounds,
  name: string,
  contender: Contender,
  seconds: number,
): Promise<void> {
  const server = await contender.start()
  const { url } = server
  try {
    const runs = await createRuns(url, CONNECTIONS)
    const largestWal = watchFile(join(contender.folder, 'orrery.db-wal'))
    const requests = logBatchRequests(runs, BATCH)
    const load = await runLoad({ kind: 'requests', url, connections: CONNECTIONS, seconds, requests })
    rounds.add(`${name} wal`, largestWal() / MB)
    const points = load.requests * BATCH
    const count = contender.name === 'Orrery' ? countPoints : countPointsByHistory
    const counted = await count(url, runs)
    if (counted !== points) throw new Error(`${points} points were acknowledged and ${counted} are there`)
    rounds.add(name, points / load.seconds)
    rounds.add(`${name} p99`, load.latency.p99)
    rounds.add(`${name} load`, load.cpuShare * 100)
    bench.say(`${name}: ${Math.round(points / load.seconds)} points/s, ${counted} counted`)
  } finally {
    await server.stop()
  }
}

function figures(rounds: Rounds, postgresVersion: string): Figure[] {
  const rate = { unit: 'points/s', better: 'more' } as const
  const latency = { unit: 'ms', better: 'less' } as const
  return [
    { work: 'SQLite', ...rate, goal: 350_000, ours: rounds.of('sqlite'), theirs: rounds.of('mlflow-sqlite') },
    {
      work: 'SQLite, p99 at that rate',
      ...latency,
      ours: rounds.of('sqlite p99'),
      theirs: rounds.of('mlflow-sqlite p99'),
    },
    { work: 'SQLite, largest WAL', unit: 'MB', better: 'less', goal: 128, ours: rounds.of('sqlite wal') },
    {
      work: `PostgreSQL ${postgresVersion}`,
      ...rate,
      goal: 150_000,
      ours: rounds.of('postgres'),
      theirs: rounds.of('mlflow-postgres'),
    },
    {
      work: `PostgreSQL ${postgresVersion}, p99 at that rate`,
      ...latency,
      ours: rounds.of('postgres p99'),
      theirs: rounds.of('mlflow-postgres p99'),
    },
    {
      work: 'of one core, taken by the load process',
      unit: '%',
      better: 'less',
      ours: rounds.of('sqlite load'),
      theirs: rounds.of('mlflow-sqlite load'),
    },
  ]
}
