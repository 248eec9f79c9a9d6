import { post } from '../api.ts'
import type { Figure } from '../figures.ts'
import { fillHome } from '../fill/fill-home.ts'
import { fillMlflow } from '../fill/fill-mlflow.ts'
import { fillRegistry, runIdOf, ticket, ticketsOf } from '../fill-registry.ts'
import type { PreparedRequest } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { HOW_LATENCY, measureLatency } from '../measure-latency.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { mlflow } from '../servers/mlflow.ts'
import { orrery } from '../servers/orrery.ts'
import type { Contender } from '../servers/server.ts'
import { checkFigures, HOW_CHECKED, measureCheck } from './registry-check.ts'
import { MODEL_FILES, makeLoggedModels } from './registry-models.ts'

const MODELS = 10_000
const VERSIONS = 10
/** Of the models and so of the versions: `mlflow server` answers as slowly with all of them as nobody waits. */
const MLFLOW_SHARE = 0.1
const PAGE = 100
const LOGGED_MODELS = 20

export const registry: Part = {
  name: 'registry',
  title: 'Model registry',
  how: [
    `${MODELS.toLocaleString('en-US')} registered models with ${VERSIONS} versions each, two aliases and six tags a version, filled straight into the store; \`mlflow server\` has a tenth of them.`,
    `By tag: \`tags.ticket = 'T-7'\` and others, each on 50 versions. By run: a version each. First page: ${PAGE} models with their aliases and latest versions, four each. ${HOW_LATENCY}`,
    `Registering: \`model-versions/create\` for ${LOGGED_MODELS} logged models of ${MODEL_FILES} files in turns, one call after the other. We read MLmodel and write down the digest of every file meanwhile.`,
    ...HOW_CHECKED,
  ],
  async run(bench) {
    const ours = await filledHome(bench)
    const theirs = bench.withMlflow(0) ? await filledMlflow(bench) : undefined
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      await measureSearches(bench, rounds, 'ours', orrery(ours), bench.size(MODELS))
      if (theirs !== undefined && bench.withMlflow(round)) {
        await measureSearches(bench, rounds, 'theirs', mlflow(theirs), bench.size(MODELS * MLFLOW_SHARE))
      }
      const folder = (name: string) => bench.folder(`registry-${name}-${round}`)
      await measureRegistering(bench, rounds, 'ours', orrery(folder('orrery')))
      if (bench.withMlflow(round)) {
        await measureRegistering(bench, rounds, 'theirs', mlflow(folder('mlflow')))
      }
      await measureCheck(bench, rounds, orrery(folder('check')), folder('dd'))
    }
    return figures(rounds)
  },
}

function filledHome(bench: Bench): Promise<string> {
  const models = bench.size(MODELS)
  return bench.kept(`orrery-registry-${models}`, async (folder) => {
    bench.say(`filling ${models} models with ${VERSIONS} versions each`)
    await fillHome(folder, (db, workspaceKey) =>
      fillRegistry(db, { workspaceKey, models, versionsPerModel: VERSIONS }),
    )
  })
}

function filledMlflow(bench: Bench): Promise<string> {
  const models = bench.size(MODELS * MLFLOW_SHARE)
  return bench.kept(`mlflow-registry-${models}`, async (folder) => {
    await fillMlflow(folder, 'registry', models, VERSIONS)
  })
}

const QUESTIONS = ['versions by tag', 'versions by run', 'first page of models'] as const

async function measureSearches(
  bench: Bench,
  rounds: Rounds,
  name: string,
  contender: Contender,
  models: number,
): Promise<void> {
  const server = await contender.start()
  try {
    const requests = questions(models * VERSIONS)
    for (const question of QUESTIONS) {
      const { latency } = await measureLatency(bench, server.url, requests[question])
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

function questions(versions: number): Record<(typeof QUESTIONS)[number], PreparedRequest[]> {
  const some = (count: number, of: number) =>
    Array.from({ length: Math.min(count, of) }, (_, n) => Math.floor((n * of) / Math.min(count, of)))
  return {
    'versions by tag': some(20, ticketsOf(versions)).map((n) =>
      search('model-versions', { filter: `tags.ticket = '${ticket(n)}'`, max_results: `${PAGE}` }),
    ),
    'versions by run': some(100, versions).map((n) =>
      search('model-versions', { filter: `run_id = '${runIdOf(n)}'`, max_results: `${PAGE}` }),
    ),
    'first page of models': [search('registered-models', { max_results: `${PAGE}` })],
  }
}

const search = (what: string, question: Record<string, string>): PreparedRequest => ({
  method: 'GET',
  path: `/api/2.0/mlflow/${what}/search?${new URLSearchParams(question)}`,
})

async function measureRegistering(
  bench: Bench,
  rounds: Rounds,
  name: string,
  contender: Contender,
): Promise<void> {
  const server = await contender.start()
  const { url } = server
  try {
    const models = await makeLoggedModels(url, LOGGED_MODELS)
    await post(url, 'registered-models/create', { name: 'registered' })
    const { latency } = await runLoad({
      kind: 'requests',
      url,
      connections: 1,
      seconds: bench.seconds(8),
      warmUpSeconds: 1,
      requests: models.map(({ modelId, uri }) => ({
        method: 'POST',
        path: '/api/2.0/mlflow/model-versions/create',
        body: JSON.stringify({ name: 'registered', source: uri, model_id: modelId }),
      })),
    })
    rounds.add(`${name} register p50`, latency.p50)
    rounds.add(`${name} register p95`, latency.p95)
    bench.say(
      `${contender.name}, registering: p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms`,
    )
  } finally {
    await server.stop()
  }
}

const GOAL_MS = 20
const REGISTER_GOAL_MS = 30

function figures(rounds: Rounds): Figure[] {
  const both = (work: string, name: string, goal: number): Figure[] =>
    (['p50', 'p95'] as const).map((percentile) => ({
      work: `${work}, ${percentile}`,
      unit: 'ms',
      better: 'less',
      ...(percentile === 'p95' ? { goal } : {}),
      ours: rounds.of(`ours ${name} ${percentile}`),
      theirs: rounds.of(`theirs ${name} ${percentile}`),
    }))
  return [
    ...QUESTIONS.flatMap((question) => both(question, question, GOAL_MS)),
    ...both(`registering a logged model of ${MODEL_FILES} files`, 'register', REGISTER_GOAL_MS),
    ...checkFigures(rounds),
  ]
}
