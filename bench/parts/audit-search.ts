import type { Figure } from '../figures.ts'
import { fillHome } from '../fill/fill-home.ts'
import { actorOf, fillLog, MODELS, subjectOf, timeOf } from '../fill-log.ts'
import type { PreparedRequest } from '../load/plan.ts'
import { HOW_LATENCY, measureLatency } from '../measure-latency.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import { orrery } from '../servers/orrery.ts'

const EVENTS = 1_000_000
const ASKED = 40
const GOAL_MS = 50

export const auditSearch: Part = {
  name: 'audit-search',
  title: 'Audit: questions to a log of a million events',
  how: [
    `One workspace with ${EVENTS.toLocaleString('en-US')} events of 1,000 people about 78,000 runs and ${MODELS.toLocaleString('en-US')} models, filled straight into the store. Pages of 100.`,
    `${ASKED} different subjects, people and times from all over the log; "person and time" asks for one person within a day that is long ago.`,
    'Each question is asked once before, one after the other: that is "first asked", for which rows and indexes may come from the disk. Ten events of a run lie on ten pages far apart.',
    HOW_LATENCY,
  ],
  async run(bench) {
    const events = bench.size(EVENTS)
    const home = await bench.kept(`orrery-log-${events}`, async (folder) => {
      bench.say(`filling ${events} events`)
      await fillHome(folder, (db, workspaceKey) => fillLog(db, { workspaceKey, events }))
    })
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) await measure(bench, rounds, home, events)
    return Object.keys(questions(events)).flatMap((work) => figures(rounds, work))
  },
}

async function measure(bench: Bench, rounds: Rounds, home: string, events: number): Promise<void> {
  const server = await orrery(home).start()
  try {
    for (const [work, requests] of Object.entries(questions(events))) {
      rounds.add(`${work} first`, await askOnce(server.url, requests))
      const { latency } = await measureLatency(bench, server.url, requests)
      rounds.add(`${work} p50`, latency.p50)
      rounds.add(`${work} p95`, latency.p95)
      bench.say(`${work}: p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms`)
    }
  } finally {
    await server.stop()
  }
}

/** @returns p95 in milliseconds */
async function askOnce(url: string, requests: readonly PreparedRequest[]): Promise<number> {
  const times: number[] = []
  for (const { path } of requests) {
    const from = performance.now()
    const answer = await fetch(`${url}${path}`)
    const text = await answer.text()
    if (!answer.ok) throw new Error(text)
    times.push(performance.now() - from)
  }
  return times.sort((a, b) => a - b)[Math.floor(0.95 * (times.length - 1))]!
}

const DAY_MS = 86_400_000

function questions(events: number): Readonly<Record<string, readonly PreparedRequest[]>> {
  const some = Array.from({ length: ASKED }, (_, n) => 1 + Math.floor((events * (n + 0.5)) / ASKED))
  const asked = (path: (n: number) => string): PreparedRequest[] =>
    some.map((n) => ({ method: 'GET', path: `/api/orrery/v1/${path(n)}` }))
  const model = (n: number) => subjectOf(n - (n % 4) + 3)
  const until = (n: number) => `since=${timeOf(n) - DAY_MS}&until=${timeOf(n)}`
  return {
    'by subject': asked((n) => `audit?subject=${subjectOf(n)}`),
    'below a subject': asked((n) => `audit?subject=${model(n).split('/versions')[0]}/`),
    'below a subject of most events': asked((n) => `audit?subject=runs/&until=${timeOf(n)}`),
    'by person': asked((n) => `audit?actor=${actorOf(n + 1)}`),
    'by type': asked((n) => `audit?types=${n % 2 === 0 ? 'stage.changed' : 'run.created'}`),
    'by time': asked((n) => `audit?${until(n)}`),
    'by person and time': asked((n) => `audit?actor=${actorOf(n + 1)}&${until(n)}`),
    'newest of all': asked(() => 'audit'),
    'story of a version': asked((n) => `stories/${model(n)}`),
  }
}

function figures(rounds: Rounds, work: string): Figure[] {
  const ms = { unit: 'ms', better: 'less' } as const
  return [
    { work: `${work}, p50`, ...ms, ours: rounds.of(`${work} p50`) },
    { work: `${work}, p95`, ...ms, goal: GOAL_MS, ours: rounds.of(`${work} p95`) },
    { work: `${work}, first asked, p95`, ...ms, ours: rounds.of(`${work} first`) },
  ]
}
