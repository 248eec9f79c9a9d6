import { randomIds, systemClock } from '@orrery/base/kernel'
import { localOwner, makeAccess } from '@orrery/domain/access'
import { type Emit, makeEmit, makeEventLog, makeSequencer } from '@orrery/domain/events'
import { makeTracking, NOTHING_METERED, NOTHING_OWNED } from '@orrery/domain/tracking'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { MIGRATIONS } from '../../apps/server/migrations.ts'
import { type Bench, type Part, Rounds } from '../part.ts'

const CALLS = 20_000
const AT_ONCE = 64
const GOAL_MICROS = 15
/** Each round of the bench has so many turns of both ways, of which the median counts. */
const TURNS = 7

const NOTHING_TOLD: Emit = async () => {}

export const eventsCost: Part = {
  name: 'events-cost',
  title: 'What an event costs',
  how: [
    `Tags of a run are set, ${CALLS.toLocaleString('en-US')} times with ${AT_ONCE} calls under way, by the verb in the process of the bench, once without its event and once with it, in turns; the processor time of all threads is compared. With it means all of it: written in the transaction, moved into the log, chained and taken out of the outbox. Every answer waits for the disk. Median of ${TURNS} turns.`,
  ],
  async run(bench) {
    const rounds = new Rounds()
    for (let round = 0; round < bench.rounds; round++) await measure(bench, rounds, round)
    return [
      {
        work: 'processor time of an event',
        ...{ unit: 'µs', better: 'less', goal: GOAL_MICROS, ours: rounds.of('event') },
      },
      {
        work: 'processor time of the call without it',
        ...{ unit: 'µs', better: 'less', ours: rounds.of('call') },
      },
    ]
  },
}

async function measure(bench: Bench, rounds: Rounds, round: number): Promise<void> {
  await using db = await openSqlite({ folder: bench.folder(`events-cost-${round}`) })
  await db.migrate(MIGRATIONS)
  const log = makeEventLog({ db })
  const sequencer = makeSequencer({ db, log })
  await sequencer.start()
  const emit = makeEmit({ clock: systemClock, ids: randomIds, sequencer })
  const [silent, telling] = [NOTHING_TOLD, emit].map((how) =>
    makeTracking({
      ...{ db, emit: how, clock: systemClock, ids: randomIds },
      ...{ wakeRemovals: () => {}, ownership: NOTHING_OWNED, meter: NOTHING_METERED },
    }),
  )
  const workspace = await db.inTx(async (tx) => {
    const made = await makeAccess({ db, clock: systemClock }).ensureWorkspace(tx, 'default')
    await silent!.experiments.ensureDefault(tx, made.key)
    return made
  })
  const caller = localOwner(workspace, { requestId: 'bench', address: '127.0.0.1' })
  const { runId } = (await silent!.runs.create(caller, {})).info
  const calls = Math.max(1_000, bench.size(CALLS))

  async function micros({ runs }: NonNullable<typeof silent>): Promise<number> {
    let next = 0
    const client = async () => {
      while (next < calls) {
        next += 1
        await runs.setTag(caller, { runId, key: `tag ${next % 100}`, value: `value ${next}` })
      }
    }
    const began = process.cpuUsage()
    await Promise.all(Array.from({ length: AT_ONCE }, client))
    await sequencer.settle()
    const { user, system } = process.cpuUsage(began)
    return (user + system) / calls
  }

  await micros(silent!)
  await micros(telling!)
  const [without, withEvent]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < TURNS; turn++) {
    without.push(await micros(silent!))
    withEvent.push(await micros(telling!))
  }
  await sequencer.stop()
  const call = median(without)
  const event = median(withEvent) - call
  rounds.add('call', call)
  rounds.add('event', event)
  bench.say(`a call ${call.toFixed(1)} µs, its event ${event.toFixed(1)} µs`)
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
