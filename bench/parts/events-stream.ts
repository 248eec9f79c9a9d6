import { randomIds, systemClock } from '@orrery/base/kernel'
import { localOwner, makeAccess } from '@orrery/domain/access'
import { makeEmit, makeEventLog, makeSequencer, makeStreams, type StreamFrame } from '@orrery/domain/events'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { MIGRATIONS } from '../../apps/server/migrations.ts'
import { type Bench, type Part, Rounds } from '../part.ts'

const PER_SECOND = 1_000
const SECONDS = 10
const STREAMS = 20
const TICK_MS = 5
const GOAL_MS = 50

export const eventsStream: Part = {
  name: 'events-stream-latency',
  title: 'From a change to a live stream',
  how: [
    `${PER_SECOND.toLocaleString('en-US')} events a second for ${SECONDS} s, ${STREAMS} live streams that hear all of them, in the process of the bench; the time from the call of the verb to the frame at the stream, the disk's sync of the change and of the log included.`,
  ],
  async run(bench) {
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) await measure(bench, rounds, round)
    return [
      { work: 'p99 of the way', ...{ unit: 'ms', better: 'less', goal: GOAL_MS, ours: rounds.of('p99') } },
      { work: 'median of the way', ...{ unit: 'ms', better: 'less', ours: rounds.of('median') } },
    ]
  },
}

async function measure(bench: Bench, rounds: Rounds, round: number): Promise<void> {
  await using db = await openSqlite({ folder: bench.folder(`events-stream-${round}`) })
  await db.migrate(MIGRATIONS)
  const log = makeEventLog({ db })
  const sequencer = makeSequencer({ db, log })
  await sequencer.start()
  const emit = makeEmit({ clock: systemClock, ids: randomIds, sequencer })
  const streams = makeStreams({ db, log, clock: systemClock, ids: randomIds, publicUrl: '' })
  const { ensureWorkspace } = makeAccess({ db, clock: systemClock })
  const workspace = await db.inTx((tx) => ensureWorkspace(tx, 'default'))
  const caller = localOwner(workspace, { requestId: 'bench', address: '' })
  const began: number[] = []
  const ways: number[] = []
  const hear = (frames: readonly StreamFrame[]) => {
    const now = performance.now()
    for (const frame of frames) {
      if (frame.kind !== 'event') continue
      const { subject } = JSON.parse(frame.json) as { subject: string }
      ways.push(now - began[Number(subject.slice('runs/'.length))]!)
    }
  }
  const gone = new AbortController()
  for (let n = 0; n < STREAMS; n++) {
    await streams.open(caller, {
      wishes: { filters: [{ types: ['run.*'] }] },
      callerNow: async () => caller,
      signal: gone.signal,
      // One of them reads what it gets; reading in all of them would be the bench's own work.
      outlet: { send: n === 0 ? hear : () => {}, waiting: () => 0, end: () => {} },
    })
  }
  const total = PER_SECOND * bench.seconds(SECONDS)
  await new Promise<void>((resolve) => {
    const start = performance.now()
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - start) * PER_SECOND) / 1_000))
      while (began.length < due) {
        const at = began.push(performance.now()) - 1
        void db.inTx((tx) => emit(tx, caller, { type: 'run.created', subject: `runs/${at}`, on: 1 }))
      }
      if (began.length < total) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
  await sequencer.settle()
  while (ways.length < total) await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  gone.abort()
  streams.stop()
  await sequencer.stop()
  const sorted = ways.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!
  rounds.add('p99', at(0.99))
  rounds.add('median', at(0.5))
  bench.say(`p99 ${at(0.99).toFixed(1)} ms, median ${at(0.5).toFixed(1)} ms`)
}
