import { type Caller, invalid, must } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { upsertDeliveries } from '../deliveries/delivery-rows.ts'
import type { EventsTables } from '../events-tables.ts'
import { asLogged } from '../log/logged-row.ts'
import { makeHearing } from '../log/may-hear.ts'
import { readAfter, readLast } from '../log/read-after.ts'
import { compileFilter } from '../matching/compile-filter.ts'
import type { SubscriptionDeps } from '../seams.ts'
import type { SubscriptionFilter } from '../subscription.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { findRow, noSuch } from './about-subscription.ts'
import { type SubscriptionRow, takeSubscription } from './subscription-rows.ts'

const MOST = 10_000
/** So much of the log is looked through in a call. */
const MOST_EVENTS = 1_000_000
const AT_ONCE = 1_000
/** Rows of one transaction: about 4 ms on SQLite. */
const SLICE = 500

type K = Kysely<EventsTables>
type Input = Parameters<Subscriptions['replay']>[1]

/** What should be sent again. */
interface Wanted {
  readonly position: number
  readonly type: string
  readonly subject: string
}

const deadOf = statement('events.dead-deliveries', (k: K, p: { key: number; limit: number }) =>
  k
    .selectFrom('deliveries')
    .select(['position', 'type', 'subject'])
    .where('subscription_key', '=', p.key)
    .where('state', '=', sql.lit('dead'))
    .orderBy('position')
    .limit(p.limit),
)

const deliveriesById = statement(
  'events.deliveries-by-id',
  (k: K, p: { key: number; ids: readonly number[] }, words) =>
    k
      .selectFrom('deliveries')
      .select(['delivery_key as id', 'position', 'type', 'subject', 'state'])
      .where('subscription_key', '=', p.key)
      .where((e) => words.among(e.ref('delivery_key'), p.ids))
      .orderBy('position'),
)

const lastReplays = statement(
  'events.last-replays',
  (k: K, p: { key: number; positions: readonly number[] }, words) =>
    k
      .selectFrom('deliveries')
      .select(['position', (e) => e.fn.max('replay').as('replay')])
      .where('subscription_key', '=', p.key)
      .where((e) => words.among(e.ref('position'), p.positions))
      .groupBy('position'),
)

const markReplayed = statement(
  'events.mark-replayed',
  (k: K, p: { key: number; positions: readonly number[] }, words) =>
    k
      .updateTable('deliveries')
      .set({ state: 'replayed' })
      .where('subscription_key', '=', p.key)
      .where('state', '=', sql.lit('dead'))
      .where((e) => words.among(e.ref('position'), p.positions)),
)

/** Sends events again; see `Subscriptions.replay`. */
export function makeReplayDeliveries({
  db,
  emit,
  clock,
  signals,
}: Pick<SubscriptionDeps, 'db' | 'emit' | 'clock' | 'signals'>): Subscriptions['replay'] {
  return async function replayDeliveries(caller, input) {
    must(caller, 'webhook.write')
    checkOne(input)
    const { row, wanted } = await db.scan(async (reads) => {
      const row = await findRow(reads, caller, input.id)
      return { row, wanted: await find(reads, caller, row, input) }
    })
    const key = row.subscription_key
    // In slices: of what has been queued when the server dies, all is sent; the rest can be asked for again.
    for (let from = 0; from < wanted.length; from += SLICE) {
      const some = wanted.slice(from, from + SLICE)
      await db.inTx((tx) => queue(tx, caller, input.id, key, some, clock()))
    }
    await db.inTx((tx) =>
      emit(tx, caller, {
        type: 'subscription.replayed',
        subject: `subscriptions/${input.id}`,
        after: {
          name: row.name,
          queued: wanted.length,
          ...(input.fromPosition === undefined ? {} : { fromPosition: input.fromPosition }),
          ...(input.toPosition === undefined ? {} : { toPosition: input.toPosition }),
        },
      }),
    )
    signals.tell('subscriptions', String(caller.workspace.key))
    return { queued: wanted.length }
  }
}

function checkOne({ deliveries, dead, fromPosition, toPosition }: Input): void {
  const isRange = fromPosition !== undefined || toPosition !== undefined
  const given = [deliveries !== undefined, dead !== undefined, isRange].filter(Boolean).length
  if (given !== 1 || (isRange && fromPosition === undefined)) {
    throw invalid(
      "Give exactly one of 'deliveries', 'dead' and 'from_position' (with 'to_position' if it should end).",
    )
  }
  if (deliveries !== undefined && (deliveries.length === 0 || deliveries.length > MOST)) {
    throw invalid(`'deliveries' names ${deliveries.length}; allowed are 1 to ${MOST}.`)
  }
}

/** In order of position, each once. */
async function find(
  reads: Reads,
  caller: Caller,
  row: SubscriptionRow,
  { deliveries, dead, fromPosition, toPosition }: Input,
): Promise<readonly Wanted[]> {
  const key = row.subscription_key
  if (deliveries !== undefined) return named(reads, key, deliveries)
  if (dead !== undefined) return once(await reads.all(deadOf, { key, limit: MOST }))
  return inRange(reads, caller, row, fromPosition!, toPosition)
}

async function named(reads: Reads, key: number, ids: readonly number[]): Promise<readonly Wanted[]> {
  const found = await reads.all(deliveriesById, { key, ids })
  const known = new Set(found.map(({ id }) => id))
  const unknown = ids.find((id) => !known.has(id))
  if (unknown !== undefined)
    throw invalid(`'deliveries' names ${unknown}, which this subscription does not have.`)
  const waiting = found.find(({ state }) => state === 'waiting')
  if (waiting !== undefined) {
    throw invalid(`'deliveries' names ${waiting.id}, which is still to be sent.`, 'It needs no replay.')
  }
  return once(found)
}

function once(found: readonly Wanted[]): readonly Wanted[] {
  return [
    ...new Map(found.map(({ position, type, subject }) => [position, { position, type, subject }])).values(),
  ]
}

async function inRange(
  reads: Reads,
  caller: Caller,
  row: SubscriptionRow,
  from: number,
  to: number | undefined,
): Promise<readonly Wanted[]> {
  // What has not been read for it yet is sent anyway.
  const last = Math.min(await readLast(reads), row.position, to ?? Number.POSITIVE_INFINITY)
  if (to !== undefined && to < from) throw invalid(`'to_position' is ${to}, which lies before ${from}.`)
  if (last - from > MOST_EVENTS) {
    throw invalid(`The range spans more than ${MOST_EVENTS} events.`, "Give 'to_position' too.")
  }
  const filter = compileFilter(JSON.parse(row.filter) as SubscriptionFilter)
  const hears = makeHearing(caller)
  const wanted: Wanted[] = []
  for (let at = Math.max(0, from - 1); at < last; ) {
    const rows = await readAfter(reads, at, last, AT_ONCE)
    for (const one of rows) {
      const event = asLogged(one)
      if (event.workspaceKey !== row.workspace_key || !filter.matches(event) || !hears(event)) continue
      wanted.push({ position: event.position, type: event.type, subject: event.subject })
    }
    if (wanted.length > MOST) {
      throw invalid(`The range holds more than ${MOST} events that the filter lets through.`, 'Narrow it.')
    }
    if (rows.length < AT_ONCE) break
    at = rows.at(-1)!.position
  }
  return wanted
}

/** Writes the rows that the deliverer takes up; the first of each subject is due at once. */
async function queue(
  tx: Tx,
  caller: Caller,
  id: string,
  key: number,
  wanted: readonly Wanted[],
  now: number,
): Promise<void> {
  if ((await tx.first(takeSubscription, { workspace: caller.workspace.key, id })) === undefined)
    throw noSuch(id)
  const positions = wanted.map(({ position }) => position)
  const last = new Map(
    (await tx.all(lastReplays, { key, positions })).map(({ position, replay }) => [position, Number(replay)]),
  )
  const subjects = new Set<string>()
  const rows = wanted.map(({ position, type, subject }) => {
    const isFirst = !subjects.has(subject)
    subjects.add(subject)
    const replay = (last.get(position) ?? 0) + 1
    return [
      key,
      position,
      replay,
      type,
      subject,
      'waiting',
      0,
      isFirst ? now : null,
      now,
      null,
      null,
      '',
      null,
    ]
  })
  await tx.bulk(upsertDeliveries, rows)
  await tx.run(markReplayed, { key, positions })
}
