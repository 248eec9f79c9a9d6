import type { Caller } from '@orrery/base/kernel'
import { countingIds } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Egress, Mailer } from '@orrery/drivers/egress'
import { makeEmit } from '../../emit.ts'
import type { Event } from '../../event.ts'
import type { EventsTables } from '../../events-tables.ts'
import { makeEventLog } from '../../log/event-log.ts'
import { makeSeal } from '../../seal.ts'
import type { SubscriptionDeps } from '../../seams.ts'
import { makeSequencer } from '../../sequencer/make-sequencer.ts'
import { makeSubscriptions } from '../../subscriptions/make-subscriptions.ts'
import type { SubscriptionInput } from '../../subscriptions.ts'
import { checkedEmit } from '../../testing/checked-emit.ts'
import { someone } from '../../testing/open-log.ts'
import type { DelivererDeps } from '../deliverer-deps.ts'
import { makeDeliverer } from '../make-deliverer.ts'
import { manualTime } from './manual-time.ts'
import { type Call, scriptedEgress } from './scripted-egress.ts'

export interface OpenGiven {
  readonly egress?: Egress
  readonly mailer?: Mailer
  readonly callerOf?: SubscriptionDeps['callerOf']
  readonly answer?: Parameters<typeof scriptedEgress>[0]
  readonly more?: Partial<DelivererDeps>
}

/** Log, subscriptions and deliverer over a database; nothing goes out but what the test lets through. */
export async function openDeliveries(db: Database, given: OpenGiven = {}) {
  const time = manualTime()
  const { clock } = time
  const ids = countingIds()
  const log = makeEventLog({ db })
  const failures: unknown[] = []
  const onFailure = (error: unknown) => void failures.push(error)
  const sequencer = makeSequencer({ db, log, onFailure })
  await sequencer.start()
  const emit = checkedEmit(makeEmit({ clock, ids, sequencer }))
  const scripted = scriptedEgress(given.answer)
  const deps: DelivererDeps = {
    db,
    log,
    signals: db.signals,
    emit,
    clock,
    ids,
    egress: given.egress ?? scripted.egress,
    mailer: given.mailer,
    seal: makeSeal('test'),
    publicUrl: 'https://ml.example.org',
    callerOf: given.callerOf ?? (async (_, workspaceKey) => someone(workspaceKey)),
    findWorkspaceName: async (_, key) => (key === 1 ? 'default' : `workspace-${key}`),
    promptText: async () => undefined,
    describeRun: async () => undefined,
    onFailure,
    timers: time.timers,
    monotonic: clock,
    random: () => 0,
    ...given.more,
  }
  const subscriptions = makeSubscriptions(deps)
  const deliverer = makeDeliverer(deps)
  const here = someone(1)

  /** Everything that can go now has gone, and is written. */
  async function settle(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await sequencer.settle()
      // Words to others and growth of the log are told in a later turn of the loop.
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      await deliverer.settle()
    }
  }

  return {
    ...{ db, deps, log, sequencer, subscriptions, deliverer, time, failures, settle, here },
    ...scripted,
    elsewhere: someone(2),
    async start() {
      await deliverer.start()
      await settle()
    },
    /** Each in a transaction of its own. */
    async tell(caller: Caller, ...events: readonly Event[]): Promise<void> {
      for (const event of events) await db.inTx((tx) => emit(tx, caller, event))
      await settle()
    },
    subscribe: (input: Partial<SubscriptionInput> = {}, caller: Caller = here) =>
      subscriptions.create(caller, {
        name: 'hook',
        shape: 'cloudevents',
        target: 'https://hooks.example.org/in',
        filter: { types: ['run.*'] },
        ...input,
      }),
    pass: (ms: number) => time.pass(ms, settle),
    async rows() {
      return db.read
        .tables<EventsTables>()
        .selectFrom('deliveries')
        .selectAll()
        .orderBy('position')
        .orderBy('replay')
        .execute()
    },
    async position(id: string) {
      const row = await db.read
        .tables<EventsTables>()
        .selectFrom('subscriptions')
        .select('position')
        .where('subscription_id', '=', id)
        .executeTakeFirstOrThrow()
      return row.position
    },
    async [Symbol.asyncDispose]() {
      await deliverer.stop()
      await sequencer.stop()
    },
  }
}

/** An event of a run. */
export function ofRun(
  run: string,
  type: 'run.created' | 'run.completed' | 'run.tags-set' = 'run.created',
): Event {
  return {
    type,
    subject: `runs/${run}`,
    on: 7,
    after: type === 'run.created' ? { experimentId: '12', name: run } : {},
  }
}

/** What calls tell of, in their order: `a#3` is the event of run `a` at position 3. */
export function told(calls: readonly Call[]): string[] {
  return calls.flatMap(({ body }) => {
    const parsed = JSON.parse(body)
    return [parsed].flat().map(({ subject, sequence }) => `${subject.split('/')[1]}#${Number(sequence)}`)
  })
}
