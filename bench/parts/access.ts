import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from '../figures.ts'
import { fillHome } from '../fill/fill-home.ts'
import { type FilledAccount, fillAccount, fillGrants, fillRole, PASSWORD } from '../fill-access.ts'
import { fillRuns } from '../fill-runs.ts'
import type { PreparedRequest } from '../load/plan.ts'
import { runLoad } from '../load/run-load.ts'
import { HOW_LATENCY, measureLatency } from '../measure-latency.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { orrery } from '../servers/orrery.ts'
import type { RunningServer } from '../servers/server.ts'
import { decideFigures, HOW_DECIDED, measureDeciding } from './access-decide.ts'

const RUNS = 20_000
const EXPERIMENTS = 500
const VISIBLE = 20
const PAGE = 100
const REPEATS = 7

export const access: Part = {
  name: 'access',
  title: 'Accounts and rights',
  how: [
    `Authentication: what a request costs the server's processor, \`experiments/get-by-name\` over one connection; on an open server, with a personal token and with a password in turns, ${REPEATS} times a round, the median of them. The difference to open is what asking who it is costs, rights included.`,
    `Search: ${RUNS.toLocaleString('en-US')} runs in ${EXPERIMENTS} experiments, of which an account reads ${VISIBLE} by single grants; it searches all ${EXPERIMENTS}, ordered by a metric and filtered by one. ${HOW_LATENCY}`,
    ...HOW_DECIDED,
  ],
  async run(bench) {
    const home = await filledHome(bench)
    const account = JSON.parse(readFileSync(join(home, ACCOUNTS), 'utf8')) as Accounts
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      await measureAsking(bench, rounds, home, account.reader)
      await measureSearching(bench, rounds, home, account.narrow)
      await measureDeciding(bench, rounds, bench.folder(`access-decide-${round}`))
    }
    return figures(rounds)
  },
}

const ACCOUNTS = 'accounts.json'

interface Accounts {
  /** Reads everything by a role. */
  readonly reader: FilledAccount
  /** Reads some experiments by grants. */
  readonly narrow: FilledAccount
}

function filledHome(bench: Bench): Promise<string> {
  const runs = bench.size(RUNS)
  const experiments = Math.min(EXPERIMENTS, Math.max(VISIBLE + 5, Math.ceil((EXPERIMENTS * runs) / RUNS)))
  return bench.kept(`orrery-access-${runs}`, async (folder) => {
    bench.say(`filling ${runs} runs in ${experiments} experiments`)
    await fillHome(folder, async (db, workspaceKey) => {
      for (let n = 1; n <= experiments; n++) {
        const of = Math.ceil(runs / experiments)
        await fillRuns(db, { workspaceKey, experimentId: `${n}`, runs: of, metrics: 3, params: 2, seed: n })
      }
      const reader = await fillAccount(db, workspaceKey, 'reader')
      await fillRole(db, workspaceKey, reader.key, 'reader')
      const narrow = await fillAccount(db, workspaceKey, 'narrow')
      const every = Math.floor(experiments / VISIBLE)
      const rows = await db.read
        .tables<{ experiments: { experiment_key: number; experiment_id: string } }>()
        .selectFrom('experiments')
        .select(['experiment_key as key', 'experiment_id as id'])
        .execute()
      const visible = rows.filter(({ id }) => id !== '0' && Number(id) % every === 0).slice(0, VISIBLE)
      await fillGrants(
        db,
        workspaceKey,
        narrow.key,
        visible.map(({ key }) => key),
      )
      writeFileSync(join(folder, ACCOUNTS), JSON.stringify({ reader, narrow } satisfies Accounts))
    })
  })
}

const basic = ({ name }: FilledAccount) => ({
  authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}`,
})
const bearer = ({ token }: FilledAccount) => ({ authorization: `Bearer ${token}` })

const CHEAP: PreparedRequest = {
  method: 'GET',
  path: '/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default',
}

const WAYS = ['open', 'token', 'Basic'] as const

/** The three in turns, on two servers over the same home in turns would cost starts: a home belongs to one at a time. */
async function measureAsking(
  bench: Bench,
  rounds: Rounds,
  home: string,
  account: FilledAccount,
): Promise<void> {
  const micros: Record<(typeof WAYS)[number], number[]> = { open: [], token: [], Basic: [] }
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    await withServer(home, [], async (server) => {
      micros.open.push(await cpuOfOne(bench, server, CHEAP))
    })
    await withServer(home, ['--auth'], async (server) => {
      // Whichever comes second finds a warmer server.
      const ways = [['token', bearer] as const, ['Basic', basic] as const]
      for (const [way, header] of repeat % 2 === 0 ? ways : ways.toReversed()) {
        micros[way].push(await cpuOfOne(bench, server, { ...CHEAP, headers: header(account) }))
      }
    })
  }
  const [open, token, password] = WAYS.map((way) => middle(micros[way]))
  for (const way of WAYS) rounds.add(way, middle(micros[way]))
  rounds.add('token more', token! - open!)
  rounds.add('Basic more', password! - open!)
  bench.say(`a request: ${WAYS.map((way) => `${way} ${middle(micros[way]).toFixed(1)} µs`).join(', ')}`)
}

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!

async function withServer(
  home: string,
  flags: readonly string[],
  does: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await orrery(home, undefined, flags).start()
  try {
    await does(server)
  } finally {
    await server.stop()
  }
}

/** Processor time of the server for one request, in microseconds, once what it compiles and remembers is there. */
async function cpuOfOne(bench: Bench, server: RunningServer, request: PreparedRequest): Promise<number> {
  const load = { kind: 'requests', url: server.url, connections: 1, requests: [request] } as const
  await runLoad({ ...load, seconds: bench.seconds(2) })
  const before = server.cpuMs()
  const { requests } = await runLoad({ ...load, seconds: bench.seconds(4) })
  return ((server.cpuMs() - before) * 1000) / requests
}

const ORDERS = ['metrics.m0 DESC', 'metrics.m1 ASC', 'metrics.m2 DESC']
const FILTERS = ['metrics.m0 > 0.9', "metrics.m1 > 0.5 and params.p0 = 'v3'", 'metrics.m2 < 0.1']

async function measureSearching(
  bench: Bench,
  rounds: Rounds,
  home: string,
  account: FilledAccount,
): Promise<void> {
  await withServer(home, ['--auth'], async (server) => {
    const ids = await experimentIds(server.url, account)
    const search = (question: object): PreparedRequest => ({
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      body: JSON.stringify({ experiment_ids: ids, max_results: PAGE, ...question }),
      headers: bearer(account),
    })
    for (const [name, requests] of [
      ['order', ORDERS.map((order) => search({ order_by: [order] }))],
      ['filter', FILTERS.map((filter) => search({ filter }))],
    ] as const) {
      const { latency } = await measureLatency(bench, server.url, requests)
      rounds.add(`${name} p50`, latency.p50)
      rounds.add(`${name} p95`, latency.p95)
      bench.say(`search by ${name}: p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms`)
    }
  })
}

/** All that there are: those that the account may not read are named, and found by nobody. */
async function experimentIds(url: string, account: FilledAccount): Promise<string[]> {
  const response = await fetch(`${url}/api/2.0/mlflow/experiments/search?max_results=1000`, {
    headers: bearer(account),
  })
  const { experiments } = (await response.json()) as { experiments: { experiment_id: string }[] }
  const highest = Math.max(...experiments.map(({ experiment_id }) => Number(experiment_id)))
  return Array.from({ length: highest }, (_, n) => `${n + 1}`)
}

const MORE_GOAL_MICROS = 5
const SEARCH_GOAL_MS = 20

function figures(rounds: Rounds): Figure[] {
  const micros = { unit: 'µs', better: 'less' } as const
  const ms = { unit: 'ms', better: 'less' } as const
  return [
    ...WAYS.map((way) => ({ work: `processor for one request, ${way}`, ...micros, ours: rounds.of(way) })),
    { work: 'of that, for the token', ...micros, goal: MORE_GOAL_MICROS, ours: rounds.of('token more') },
    { work: 'of that, for Basic', ...micros, ours: rounds.of('Basic more') },
    ...(['order', 'filter'] as const).flatMap((name) => [
      {
        work: `runs/search among ${VISIBLE} of ${EXPERIMENTS} experiments, ${name}, p50`,
        ...ms,
        ours: rounds.of(`${name} p50`),
      },
      {
        work: `runs/search among ${VISIBLE} of ${EXPERIMENTS} experiments, ${name}, p95`,
        ...ms,
        goal: SEARCH_GOAL_MS,
        ours: rounds.of(`${name} p95`),
      },
    ]),
    ...decideFigures(rounds),
  ]
}
