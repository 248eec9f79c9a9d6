import { post } from '../api.ts'
import type { Figure } from '../figures.ts'
import { fillHome } from '../fill/fill-home.ts'
import { fillMlflow } from '../fill/fill-mlflow.ts'
import { fillRuns } from '../fill-runs.ts'
import type { PreparedRequest } from '../load/plan.ts'
import { HOW_LATENCY, measureLatency } from '../measure-latency.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import type { Contender } from '../servers/server.ts'

const FEW = 20_000
const MANY = 500_000
const MLFLOW_RUNS = 5_000
const METRICS = 5
const PARAMS = 5
const PAGE = 100
const PAGES_BEFORE = 49

export const MANY_RUNS = { runs: MANY, name: 'orrery-500k-runs' }

export const search: Part = {
  name: 'search',
  title: 'runs/search, first 100 of a page',
  how: [
    `One experiment of ${FEW.toLocaleString('en-US')} and one of ${MANY.toLocaleString('en-US')} runs, each with ${METRICS} metrics, ${PARAMS} params and 2 tags; \`mlflow server\` has one of ${MLFLOW_RUNS.toLocaleString('en-US')}, to compare with the smaller. All are filled straight into the stores.`,
    "Filter: `metrics.m0 > 0.9 and params.p0 = 'v3'` with other thresholds, metrics and values from request to request. Order: `metrics.m0 DESC` and the other metrics. 50th page: the same order, with the token of page 49.",
    HOW_LATENCY,
  ],
  async run(bench) {
    const few = await filledHome(bench, FEW, 'orrery-20k-runs')
    const many = await filledHome(bench, MANY, MANY_RUNS.name)
    const theirs = bench.withMlflow(0) ? await filledMlflow(bench) : undefined
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      await measure(bench, rounds, 'few', orrery(few))
      if (theirs !== undefined && bench.withMlflow(round))
        await measure(bench, rounds, 'theirs', mlflow(theirs))
      await measure(bench, rounds, 'many', orrery(many))
    }
    return [
      ...figures(rounds, 'few', '20,000 runs', [10, 20, 20]),
      ...figures(rounds, 'many', '500,000 runs', [100, 100, 100]),
    ]
  },
}

/** A home with one experiment of so many runs. */
export function filledHome(bench: Bench, runs: number, name: string): Promise<string> {
  const count = bench.size(runs)
  return bench.kept(`${name}${count === runs ? '' : `-${count}`}`, async (folder) => {
    bench.say(`filling ${count} runs`)
    await fillHome(folder, (db, workspaceKey) =>
      fillRuns(db, { workspaceKey, experimentId: EXPERIMENT, runs: count, metrics: METRICS, params: PARAMS }),
    )
  })
}

export const EXPERIMENT = '1'

function filledMlflow(bench: Bench): Promise<string> {
  return bench.kept('mlflow-5k-runs', async (folder) => {
    await fillMlflow(folder, 'runs', MLFLOW_RUNS, METRICS, PARAMS)
  })
}

const QUESTIONS = ['filter', 'order', 'page 50'] as const

async function measure(bench: Bench, rounds: Rounds, name: string, contender: Contender): Promise<void> {
  const server = await contender.start()
  try {
    const requests = {
      filter: filters(),
      order: orders().map((order) => asked({ order_by: [order] })),
      'page 50': await fiftiethPages(server.url),
    }
    for (const question of QUESTIONS) {
      const { latency } = await measureLatency(bench, server.url, requests[question])
      rounds.add(`${name} ${question} p50`, latency.p50)
      rounds.add(`${name} ${question} p95`, latency.p95)
      bench.say(
        `${contender.name}, ${name}, ${question}: p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms`,
      )
    }
  } finally {
    await server.stop()
  }
}

/** Filters that each find about one run in a hundred. */
export function filters(): PreparedRequest[] {
  return Array.from({ length: 20 }, (_, n) => {
    const filter = `metrics.m${n % METRICS} > ${(0.9 + n / 1000).toFixed(3)} and params.p0 = 'v${n % 10}'`
    return asked({ filter })
  })
}

const orders = () => Array.from({ length: METRICS }, (_, n) => `metrics.m${n} DESC`)

function asked(question: object): PreparedRequest {
  const body = JSON.stringify({ experiment_ids: [EXPERIMENT], max_results: PAGE, ...question })
  return { method: 'POST', path: '/api/2.0/mlflow/runs/search', body }
}

/** The request for page 50 of two orders; of the last page where there are fewer runs. */
async function fiftiethPages(url: string): Promise<PreparedRequest[]> {
  const requests: PreparedRequest[] = []
  for (const order of orders().slice(0, 2)) {
    // One page as long as 49 ends at the same place, and `mlflow server` would take minutes for 49.
    const body = { experiment_ids: [EXPERIMENT], max_results: PAGES_BEFORE * PAGE, order_by: [order] }
    const { next_page_token } = await post<{ next_page_token?: string }>(url, 'runs/search', body)
    requests.push(asked({ order_by: [order], ...(next_page_token ? { page_token: next_page_token } : {}) }))
  }
  return requests
}

function figures(rounds: Rounds, name: string, size: string, goals: readonly number[]): Figure[] {
  return QUESTIONS.flatMap((question, n) =>
    ['p50', 'p95'].map((percentile) => ({
      work: `${size}, ${question}, ${percentile}`,
      unit: 'ms' as const,
      better: 'less' as const,
      ...(percentile === 'p95' ? { goal: goals[n]! } : {}),
      ours: rounds.of(`${name} ${question} ${percentile}`),
      theirs: name === 'few' ? rounds.of(`theirs ${question} ${percentile}`) : [],
    })),
  )
}
