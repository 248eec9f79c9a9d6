import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { get } from '../api.ts'
import type { Figure } from '../figures.ts'
import { fillHome } from '../fill/fill-home.ts'
import { fillMlflow } from '../fill/fill-mlflow.ts'
import { fillPoints } from '../fill/fill-points.ts'
import { fillRuns } from '../fill-runs.ts'
import type { PreparedRequest } from '../load/plan.ts'
import { HOW_LATENCY, measureLatency } from '../measure-latency.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import type { Contender } from '../servers/server.ts'

const SERIES = 20
const POINTS = 1_000_000
const MLFLOW_SERIES = 10
const MLFLOW_POINTS = 200_000
const HISTORY_PAGE = 25_000
const KEY = 'loss'

export const plots: Part = {
  name: 'plots',
  title: 'Plots of long series',
  how: [
    `${SERIES} series of 1 M points in Orrery, ${MLFLOW_SERIES} of ${MLFLOW_POINTS.toLocaleString('en-US')} in \`mlflow server\`, filled straight into the stores; the file lies in the page cache.`,
    'MLflow’s plot call (`metrics/get-history-bulk-interval`) over a whole series, another one each time, and one page of 25,000 points of `metrics/get-history`.',
    HOW_LATENCY,
  ],
  async run(bench) {
    const ours = await filledHome(bench)
    const theirs = bench.withMlflow(0) ? await filledMlflow(bench) : undefined
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      await measure(bench, rounds, 'ours', orrery(ours))
      if (theirs !== undefined && bench.withMlflow(round))
        await measure(bench, rounds, 'theirs', mlflow(theirs))
    }
    return [
      figure(rounds, '320 results', 'p50'),
      figure(rounds, '320 results', 'p95', 5),
      figure(rounds, '2,500 results', 'p50'),
      figure(rounds, '2,500 results', 'p95', 15),
      figure(rounds, 'a page of 25,000 points', 'p50'),
      figure(rounds, 'a page of 25,000 points', 'p95'),
    ]
  },
}

const RUN_IDS = 'run-ids.txt'

function filledHome(bench: Bench): Promise<string> {
  const points = bench.size(POINTS)
  return bench.kept(`orrery-20x${points}-points`, async (folder) => {
    bench.say(`filling ${SERIES} series of ${points} points`)
    await fillHome(folder, async (db, workspaceKey) => {
      await fillRuns(db, { workspaceKey, experimentId: '1', runs: SERIES })
      const rows = await db.read
        .tables<{ runs: { run_id: string } }>()
        .selectFrom('runs')
        .select('run_id')
        .execute()
      const runIds = rows.map((row) => row.run_id)
      await fillPoints(db, { runIds, keys: [KEY], pointsPerSeries: points })
      writeFileSync(join(folder, RUN_IDS), runIds.join('\n'))
    })
  })
}

function filledMlflow(bench: Bench): Promise<string> {
  const points = bench.size(MLFLOW_POINTS)
  return bench.kept(`mlflow-10x${points}-points`, async (folder) => {
    const runIds = await fillMlflow(folder, 'points', MLFLOW_SERIES, points)
    writeFileSync(join(folder, RUN_IDS), runIds.join('\n'))
  })
}

async function measure(bench: Bench, rounds: Rounds, name: string, contender: Contender): Promise<void> {
  const runIds = readFileSync(join(contender.folder, RUN_IDS), 'utf8').split('\n')
  const server = await contender.start()
  try {
    const questions: readonly [string, number, string][] = [
      ['320 results', 320, 'get-history-bulk-interval?run_ids='],
      ['2,500 results', 2_500, 'get-history-bulk-interval?run_ids='],
      ['a page of 25,000 points', HISTORY_PAGE, 'get-history?run_id='],
    ]
    for (const [question, count, call] of questions) {
      const paths = runIds.map((id) => `metrics/${call}${id}&metric_key=${KEY}&max_results=${count}`)
      await mustGive(server.url, paths[0]!, Math.min(count, bench.size(MLFLOW_POINTS)))
      const { latency } = await measureLatency(bench, server.url, paths.map(asked))
      rounds.add(`${name} ${question} p50`, latency.p50)
      rounds.add(`${name} ${question} p95`, latency.p95)
      bench.say(
        `${contender.name}, ${question}: p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms`,
      )
    }
  } finally {
    await server.stop()
  }
}

const asked = (path: string): PreparedRequest => ({ method: 'GET', path: `/ajax-api/2.0/mlflow/${path}` })

async function mustGive(url: string, path: string, count: number): Promise<void> {
  const { metrics = [] } = await get<{ metrics?: unknown[] }>(url, `/ajax-api/2.0/mlflow/${path}`)
  if (metrics.length < count) throw new Error(`${path} gave ${metrics.length} points instead of ${count}`)
}

function figure(rounds: Rounds, question: string, percentile: string, goal?: number): Figure {
  return {
    work: `${question}, ${percentile}`,
    unit: 'ms',
    better: 'less',
    ...(goal === undefined ? {} : { goal }),
    ours: rounds.of(`ours ${question} ${percentile}`),
    theirs: rounds.of(`theirs ${question} ${percentile}`),
  }
}
