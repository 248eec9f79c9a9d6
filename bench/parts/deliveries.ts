import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { EVENT_TYPES } from '@orrery/base/contract'
import { randomIds, systemClock } from '@orrery/base/kernel'
import { localOwner } from '@orrery/domain/access'
import {
  eventsMigrations,
  makeDeliverer,
  makeEmit,
  makeEventLog,
  makeSeal,
  makeSequencer,
  makeSubscriptions,
  type Shape,
} from '@orrery/domain/events'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { openEgress } from '@orrery/drivers/egress/undici'
import type { Figure } from '../figures.ts'
import { type Bench, type Part, Rounds } from '../part.ts'
import type { ReceiverReport } from './webhook-receiver.ts'

const LATENCY_RATE = 1_000
const FAN_OUT_RATE = 2_000
const RECEIVERS = 5
const SECONDS = 10
const SUBSCRIPTIONS = 1_000
const MATCHED_EVENTS = 15_000
const RUNS = 500
const TICK_MS = 5

const now = () => performance.timeOrigin + performance.now()

export const deliveries: Part = {
  name: 'deliveries',
  title: 'Webhooks',
  how: [
    'In the process of the bench: verbs that write an event each, the log, and the deliverer, over SQLite on the disk. Receivers are one process of its own; events are about 500 runs, in turns. `mlflow server` keeps no order and no log of deliveries, and is not measured.',
    `Latency: ${LATENCY_RATE.toLocaleString('en-US')} events/s at a constant rate to one receiver, from the moment an event was due to its arrival, signed, one request each. What has not arrived within two seconds of the end counts as if it took for ever.`,
    `Fan-out: ${FAN_OUT_RATE.toLocaleString('en-US')} events/s to ${RECEIVERS} subscriptions, one request an event, and as lists of up to 100; how many arrivals a second there are.`,
    `Matching: ${SUBSCRIPTIONS.toLocaleString('en-US')} subscriptions with types, beginnings of subjects and conditions, of which none lets an event through; how fast the log is read for all of them.`,
  ],
  async run(bench) {
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) {
      await matching(bench, rounds, round)
      await latency(bench, rounds, round)
      await fanOut(bench, rounds, round, 'cloudevents')
      await fanOut(bench, rounds, round, 'cloudevents-batch')
    }
    return figures(rounds)
  },
}

function figures(rounds: Rounds): Figure[] {
  const rate = { unit: 'events/s', better: 'more' } as const
  const all = FAN_OUT_RATE * RECEIVERS
  return [
    {
      work: '1,000 events/s to a webhook, p99',
      unit: 'ms',
      better: 'less',
      goal: 200,
      ours: rounds.of('p99'),
    },
    {
      work: '2,000 events/s to 5 webhooks, arrivals',
      ...rate,
      goal: all * 0.99,
      ours: rounds.of('cloudevents'),
    },
    { work: 'the same, p99', unit: 'ms', better: 'less', ours: rounds.of('cloudevents p99') },
    { work: 'processor time of an arrival', unit: 'µs', better: 'less', ours: rounds.of('cloudevents cpu') },
    { work: 'the same as lists, arrivals', ...rate, goal: all * 0.99, ours: rounds.of('cloudevents-batch') },
    { work: 'the same as lists, p99', unit: 'ms', better: 'less', ours: rounds.of('cloudevents-batch p99') },
    {
      work: 'processor time of an arrival in lists',
      unit: 'µs',
      better: 'less',
      ours: rounds.of('cloudevents-batch cpu'),
    },
    { work: 'matching with 1,000 subscriptions', ...rate, goal: 5_000, ours: rounds.of('matched') },
  ]
}

/** Log, subscriptions and deliverer over a fresh database, and something that emits. */
async function open(bench: Bench, name: string) {
  const db = await openSqlite({ folder: bench.folder(name) })
  await db.migrate([eventsMigrations])
  const log = makeEventLog({ db })
  const sequencer = makeSequencer({ db, log })
  await sequencer.start()
  const emit = makeEmit({ clock: systemClock, ids: randomIds, sequencer })
  const caller = localOwner({ key: 1, name: 'default' }, { requestId: 'bench', address: '127.0.0.1' })
  const egress = openEgress({ allow: ['127.0.0.1'] })
  const deps = {
    ...{ db, log, emit, egress, signals: db.signals, clock: systemClock, ids: randomIds },
    mailer: undefined,
    seal: makeSeal('bench'),
    publicUrl: 'https://ml.example.org',
    callerOf: async () => caller,
    findWorkspaceName: async () => 'default',
    promptText: async () => undefined,
    describeRun: async () => undefined,
  }
  const deliverer = makeDeliverer(deps)
  let emitted = 0

  function tell(due: number): Promise<void> {
    const run = emitted++ % RUNS
    return db.inTx((tx) =>
      emit(tx, caller, {
        type: 'run.tags-set',
        subject: `runs/${run}`,
        on: 1,
        after: { due, tags: { a: 'b' } },
      }),
    )
  }

  return {
    ...{ log, sequencer, deliverer, tell },
    subscribe: (input: { target: string; shape?: Shape; filter?: object }) =>
      makeSubscriptions(deps).create(caller, {
        name: 'hook',
        shape: 'cloudevents',
        secret: 'whsec_c2VjcmV0IG9mIHRoZSBiZW5jaCE=',
        filter: { types: ['run.tags-set'] },
        ...input,
      }),
    /** At a constant rate, whether or not earlier ones are written. */
    async emitFor(seconds: number, rate: number): Promise<void> {
      const began = now()
      const pending: Promise<void>[] = []
      for (let sent = 0; sent < seconds * rate; ) {
        const due = Math.floor(((now() - began) / 1000) * rate)
        for (; sent < Math.min(due, seconds * rate); sent++) pending.push(tell(began + (sent * 1000) / rate))
        await new Promise((resolve) => setTimeout(resolve, TICK_MS))
      }
      await Promise.all(pending)
    },
    async [Symbol.asyncDispose]() {
      await deliverer.stop()
      await sequencer.stop()
      await egress.close()
      await db.close()
    },
  }
}

async function openReceiver() {
  const child: ChildProcess = fork(join(import.meta.dirname, 'webhook-receiver.ts'))
  const [port] = (await once(child, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}`,
    reset: () => void child.send('reset'),
    async report(): Promise<ReceiverReport> {
      const told = once(child, 'message')
      child.send('report')
      return ((await told) as [ReceiverReport])[0]
    },
    [Symbol.dispose]: () => void child.kill(),
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function latency(bench: Bench, rounds: Rounds, round: number): Promise<void> {
  await using it = await open(bench, `webhook-latency-${round}`)
  using receiver = await openReceiver()
  await it.deliverer.start()
  await it.subscribe({ target: receiver.url })
  await it.emitFor(1, LATENCY_RATE)
  await pause(1_000)
  receiver.reset()
  const seconds = bench.seconds(SECONDS)
  await it.emitFor(seconds, LATENCY_RATE)
  await pause(2_000)
  const { events, p99 } = await receiver.report()
  const isAllThere = events >= seconds * LATENCY_RATE
  rounds.add('p99', isAllThere ? p99 : Number.POSITIVE_INFINITY)
  bench.say(`${LATENCY_RATE}/s to a webhook: ${events} arrived, p99 ${p99.toFixed(1)} ms`)
}

async function fanOut(bench: Bench, rounds: Rounds, round: number, shape: Shape): Promise<void> {
  await using it = await open(bench, `webhook-fan-out-${shape}-${round}`)
  using receiver = await openReceiver()
  await it.deliverer.start()
  for (let i = 0; i < RECEIVERS; i++) await it.subscribe({ target: `${receiver.url}/${i}`, shape })
  await it.emitFor(1, FAN_OUT_RATE)
  await pause(2_000)
  receiver.reset()
  const before = process.cpuUsage()
  await it.emitFor(bench.seconds(SECONDS), FAN_OUT_RATE)
  // What is behind by more than a second counts as what was too slow.
  await pause(1_000)
  const { user, system } = process.cpuUsage(before)
  const { events, requests, p99, tookMs } = await receiver.report()
  rounds.add(`${shape} cpu`, (user + system) / events)
  rounds.add(shape, (events / tookMs) * 1000)
  rounds.add(`${shape} p99`, p99)
  bench.say(
    `${shape}: ${events} events in ${requests} requests, p99 ${p99.toFixed(0)} ms, ${((user + system) / events).toFixed(0)} µs each`,
  )
}

async function matching(bench: Bench, rounds: Rounds, round: number): Promise<void> {
  await using it = await open(bench, `match-${round}`)
  for (let i = 0; i < SUBSCRIPTIONS; i++) {
    await it.subscribe({
      target: 'http://127.0.0.1:9999/',
      filter: {
        types: i % 4 === 0 ? ['run.*'] : ['run.tags-set', EVENT_TYPES[i % EVENT_TYPES.length]],
        subjectBegins: i % 2 === 0 ? 'runs/' : `experiments/${i}`,
        attributes: [{ field: 'after.tags.a', operator: 'equals', values: [`c${i}`] }],
      },
    })
  }
  const count = Math.max(2_000, bench.size(MATCHED_EVENTS))
  for (let i = 0; i < count; i += 500) {
    await Promise.all(Array.from({ length: 500 }, () => it.tell(0)))
  }
  await it.sequencer.settle()
  const began = performance.now()
  await it.deliverer.start()
  await it.deliverer.settle()
  rounds.add('matched', (count / (performance.now() - began)) * 1000)
  bench.say(
    `matching: ${Math.round(rounds.of('matched').at(-1)!)} events/s with ${SUBSCRIPTIONS} subscriptions`,
  )
}
