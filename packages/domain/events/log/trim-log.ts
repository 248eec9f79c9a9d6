import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { LogPrefix, TrimLog } from '../log.ts'
import { type Condition, isBelow, isSubject } from './conditions.ts'
import { ofWorkspace } from './walk-log.ts'

const nextToRead = statement('events.next-to-read', (k: Kysely<EventsTables>, p: { workspace: number }) =>
  k
    .selectFrom('subscriptions')
    .select((e) => e.fn.min<number | null>('position').as('position'))
    .where('workspace_key', '=', p.workspace)
    .where('status', '=', 'active'),
)

const nextToDeliver = statement(
  'events.next-to-deliver',
  (k: Kysely<EventsTables>, p: { workspace: number }) =>
    k
      .selectFrom('deliveries')
      .innerJoin('subscriptions', 'subscriptions.subscription_key', 'deliveries.subscription_key')
      .select((e) => e.fn.min<number | null>('deliveries.position').as('position'))
      .where('subscriptions.workspace_key', '=', p.workspace)
      .where('deliveries.state', '=', 'waiting'),
)

const floorOf = statement('events.floor-to-trim', (k: Kysely<EventsTables>, p: { workspace: number }) =>
  k
    .selectFrom('event_heads')
    .select(['floor_number as number', 'floor_position as position'])
    .where('workspace_key', '=', p.workspace),
)

const someRows = statement(
  'events.some-rows-of-workspace',
  (k: Kysely<EventsTables>, p: { workspace: number; after: number; through: number; limit: number }) =>
    k
      .selectFrom('event_log')
      .select(['position', 'number', 'hash'])
      .where('position', '>', p.after)
      .where('position', '<=', p.through)
      .where(ofWorkspace(p.workspace))
      .orderBy('position')
      .limit(p.limit),
)

const raise = statement(
  'events.raise-floor',
  (
    k: Kysely<EventsTables>,
    p: { workspace: number; from: number; number: number; position: number; hash: string; at: number },
  ) =>
    k
      .updateTable('event_heads')
      .set({ floor_number: p.number, floor_position: p.position, floor_hash: p.hash, floor_at: p.at })
      .where('workspace_key', '=', p.workspace)
      .where('floor_number', '=', p.from),
)

const drop = statement(
  'events.drop-from-log',
  (k: Kysely<EventsTables>, p: { positions: readonly number[] }, words) =>
    k.deleteFrom('event_log').where(words.among(sql.ref('position'), p.positions)),
)

const dropMentions = statement(
  'events.drop-mentions',
  (k: Kysely<EventsTables>, p: { positions: readonly number[] }, words) =>
    k.deleteFrom('event_mentions').where(words.among(sql.ref('position'), p.positions)),
)

/** How retention takes the beginning of a log away, and leaves the last hash of it. */
export const trimLog: TrimLog = {
  async bound(reads, workspaceKey) {
    const where = { workspace: workspaceKey }
    const read = await reads.first(nextToRead, where)
    const waiting = await reads.first(nextToDeliver, where)
    const bounds = [read?.position ?? undefined, before(waiting?.position)]
    return Math.min(Number.MAX_SAFE_INTEGER, ...bounds.filter((bound) => bound !== undefined))
  },

  async olderThan(reads, workspaceKey, time) {
    const first = await firstWhere(reads, workspaceKey, sql`at >= ${time}`)
    return first === undefined ? Number.MAX_SAFE_INTEGER : first - 1
  },

  async firstAbout(reads, workspaceKey, { subject, on }) {
    const conditions = [isSubject(subject), isBelow(`${subject}/`)]
    if (on !== undefined) conditions.push(sql`audience = ${on.kind} and on_key = ${on.key}`)
    const found: (number | undefined)[] = [await firstMention(reads, workspaceKey, subject)]
    for (const condition of conditions) found.push(await firstWhere(reads, workspaceKey, condition))
    const positions = found.filter((position) => position !== undefined)
    return positions.length === 0 ? undefined : Math.min(...positions)
  },

  async count(reads, workspaceKey, through) {
    const { rows } = await sql<{ found: number }>`select count(*) as found from event_log
      where workspace_key = ${workspaceKey} and position <= ${through}`.execute(reads.tables())
    return Number(rows[0]!.found)
  },

  async prefix(reads: Reads, workspaceKey, through, limit): Promise<LogPrefix | undefined> {
    const floor = await reads.first(floorOf, { workspace: workspaceKey })
    if (floor === undefined) return undefined
    const rows = await reads.all(someRows, {
      ...{ workspace: workspaceKey, after: floor.position, through, limit },
    })
    const last = rows.at(-1)
    if (last === undefined) return undefined
    return { workspaceKey, positions: rows.map(({ position }) => position), last: { workspaceKey, ...last } }
  },

  async raiseFloor(tx: Tx, { workspaceKey, positions, last }, at) {
    // Whoever has raised it meanwhile has taken the same rows: nothing is to be done.
    const from = last.number - positions.length
    const { number, position, hash } = last
    if ((await tx.run(raise, { workspace: workspaceKey, from, number, position, hash, at })) === 0) return 0
    await tx.run(drop, { positions })
    await tx.run(dropMentions, { positions })
    return positions.length
  },
}

async function firstWhere(
  reads: Reads,
  workspaceKey: number,
  condition: Condition,
): Promise<number | undefined> {
  const { rows } = await sql<{ position: number | null }>`select min(position) as position from event_log
    where workspace_key = ${workspaceKey} and ${condition}`.execute(reads.tables())
  return rows[0]?.position ?? undefined
}

async function firstMention(
  reads: Reads,
  workspaceKey: number,
  subject: string,
): Promise<number | undefined> {
  const { rows } = await sql<{ position: number | null }>`select min(position) as position from event_mentions
    where workspace_key = ${workspaceKey}
    and (subject = ${subject} or (subject >= ${`${subject}/`} and subject < ${`${subject}0`}))`.execute(
    reads.tables(),
  )
  return rows[0]?.position ?? undefined
}

const before = (position: number | null | undefined) =>
  position === null || position === undefined ? undefined : position - 1
