import type { Reads } from '@orrery/drivers/db'
import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { LogPage, LogPlace, LogQuery, LogRowPage } from '../log.ts'
import { allOf, type Condition, isBelow, isOneOf, isSubject, seenBy } from './conditions.ts'
import { asLogged, type LogRow } from './logged-row.ts'

/** Entries of an index that one page looks at where it does not answer the whole question. */
export const MOST_WALKED = 10_000

/** Rows of an unordered strand that one page looks at: each is looked up by itself. */
const MOST_LOOKED_UP = 2_000

/** More types than these are looked for along the time: each has a walk of its own. */
const MOST_TYPES = 8

/** Several ways along an index, each newest first, that are put together. */
interface Strand {
  /** Answered by the index alone, in its order. */
  readonly along: Condition
  /** What else must be met, row by row. */
  readonly besides: readonly Condition[]
  /** Its index does not come in the order of positions. */
  readonly isUnordered?: true
}

interface Walked {
  readonly rows: readonly LogRow[]
  /** Up to here nothing is missing; undefined: everything was looked at. */
  readonly to: LogPlace | undefined
}

/** Answers from one index each: subject, else actor, else types, else time. */
export async function searchLog(reads: Reads, query: LogQuery): Promise<LogPage> {
  const { rows, ...more } = await searchRows(reads, query)
  return { events: rows.map(asLogged), ...more }
}

export async function searchRows(reads: Reads, query: LogQuery): Promise<LogRowPage> {
  const { plan, strands } = await planSearch(reads, query)
  const walked: Walked[] = []
  for (const strand of strands) {
    const walk = strand.isUnordered === true ? walkUnordered(reads, query, strand) : undefined
    walked.push(await (walk ?? walkStrand(reads, query, plan, strand)))
  }
  return pageOf(walked, plan, query)
}

/** @internal for the test of plans */
export async function planSearch(
  reads: Reads,
  query: LogQuery,
): Promise<{ plan: LogPlace['plan']; strands: readonly Strand[] }> {
  const { words } = reads
  const { subject, actor, types, since, until, requestId, before, workspaceKey } = query
  const inWorkspace = sql<SqlBool>`workspace_key = ${workspaceKey}`
  const seen = seenBy(query.readableTo, words)
  const besides: Condition[] = [sql`position <= ${query.durable}`, ...(seen === undefined ? [] : [seen])]
  if (requestId !== undefined) besides.push(sql`request_id = ${requestId}`)
  const time: Condition[] = []
  if (since !== undefined) time.push(sql`at >= ${since}`)
  if (until !== undefined) time.push(sql`at <= ${until}`)
  const isActor = actor === undefined ? [] : [sql<SqlBool>`actor = ${actor}`]
  const isType = types === undefined ? [] : [isOneOf('type', types, words)]

  const byIndex = (along: Condition, rest: readonly Condition[]) => ({
    plan: 'index' as const,
    strands: [{ along: sql<SqlBool>`${inWorkspace} and ${along}`, besides: [...rest, ...time, ...besides] }],
  })
  const byTime = (rest: readonly Condition[]) => ({
    plan: 'time' as const,
    strands: [{ along: allOf([inWorkspace, ...time]), besides: [...rest, ...besides] }],
  })

  if (subject !== undefined && !subject.endsWith('/')) {
    return byIndex(isSubject(subject), [...isActor, ...isType])
  }
  if (subject !== undefined) {
    const below = isBelow(subject)
    const rest = [...isActor, ...isType]
    const isFew = before === undefined ? await areFew(reads, inWorkspace, below) : before.plan === 'index'
    if (!isFew) return byTime([below, ...rest])
    const [strand] = byIndex(below, rest).strands
    return { plan: 'index', strands: [{ ...strand!, isUnordered: true }] }
  }
  if (actor !== undefined) return byIndex(isActor[0]!, isType)
  if (types === undefined || types.length > MOST_TYPES) return byTime(isType)
  return {
    plan: 'index',
    strands: types.map((type) => ({
      along: sql<SqlBool>`${inWorkspace} and type = ${type}`,
      besides: [...time, ...besides],
    })),
  }
}

async function areFew(reads: Reads, inWorkspace: Condition, below: Condition): Promise<boolean> {
  const { rows } = await sql<{ found: number }>`select count(*) as found from
    (select 1 from event_log where ${inWorkspace} and ${below} limit ${sql.lit(MOST_WALKED + 1)}) as few`.execute(
    reads.tables(),
  )
  return Number(rows[0]!.found) <= MOST_WALKED
}

async function walkStrand(
  reads: Reads,
  query: LogQuery,
  plan: LogPlace['plan'],
  { along, besides }: Strand,
): Promise<Walked> {
  const { before, limit } = query
  const from = before === undefined ? along : sql<SqlBool>`${along} and ${isBehind(query, before)}`
  const rows = await rowsAlong(reads, query, plan, { along: from, besides }).execute()
  if (rows.length > limit) return { rows, to: placeOf(plan, rows.at(-1)!) }
  return { rows, to: isBounded(besides) ? await endOfWalk(reads, query, plan, from) : undefined }
}

/** `position <= durable` is always among them, and lets all but the newest rows pass. */
const isBounded = (besides: readonly Condition[]) => besides.length > 1

/** @internal for the test of plans */
export function rowsAlong(
  reads: Reads,
  query: LogQuery,
  plan: LogPlace['plan'],
  { along, besides }: Strand,
): Rows {
  const bounded = isBounded(besides)
  const walk = selectRows(reads, bounded ? along : allOf([along, ...besides]))
    .orderBy(orderOf(query, plan))
    .$if(plan === 'time', (select) => select.orderBy('position', directionOf(query)))
    .limit(bounded ? MOST_WALKED : query.limit + 1)
  return bounded ? among(reads, walk, besides, query.limit) : walk
}

type Rows = SelectQueryBuilder<EventsTables, 'event_log', LogRow>

/**
 * What meets the other conditions, in the order of the walk, which both engines take as far as they need to and no further:
 * where every second event fits, a page is 200 rows on ten pages of the disk, not the 10,000 entries that it might look at.
 */
const among = (reads: Reads, walk: Rows, besides: readonly Condition[], limit: number) =>
  reads
    .tables<EventsTables>()
    .selectFrom(walk.as('event_log'))
    .selectAll()
    .where(allOf(besides))
    .limit(limit + 1)

/**
 * All entries of the index are sorted, which takes no row; then the first of them are looked up. The sign keeps the planner
 * from walking along the positions of everybody because that is the order.
 */
async function walkUnordered(reads: Reads, query: LogQuery, { along, besides }: Strand): Promise<Walked> {
  const { before, limit, durable, oldestFirst } = query
  const most = besides.length === 1 ? limit + 1 : Math.max(MOST_LOOKED_UP, limit + 1)
  const behind = before === undefined ? [] : [sql<SqlBool>`+${isBehind(query, before)}`]
  const { rows: entries } = await sql<{ position: number }>`select position from event_log
    where ${allOf([along, sql`+position <= ${durable}`, ...behind])}
    order by +position ${sql.raw(oldestFirst === true ? 'asc' : 'desc')} limit ${sql.lit(most)}`.execute(
    reads.tables(),
  )
  const positions = entries.map(({ position }) => position)
  const end =
    positions.length < most ? undefined : { plan: 'index' as const, at: 0, position: positions.at(-1)! }
  const isAmong = reads.words.among(sql.ref('position'), positions)
  const rows = (await selectRows(reads, allOf([isAmong, ...besides]))
    .orderBy(orderOf(query, 'index'))
    .limit(limit + 1)
    .execute()) as LogRow[]
  return { rows, to: rows.length > limit ? placeOf('index', rows.at(-1)!) : end }
}

const selectRows = (reads: Reads, condition: Condition) =>
  reads.tables<EventsTables>().selectFrom('event_log').selectAll().where(condition)

const directionOf = ({ oldestFirst }: LogQuery) =>
  oldestFirst === true ? ('asc' as const) : ('desc' as const)

function orderOf(query: LogQuery, plan: LogPlace['plan']) {
  const column = sql.ref(plan === 'time' ? 'at' : 'position')
  return query.oldestFirst === true ? sql`${column} asc` : sql`${column} desc`
}

/** The last entry that a page may look at; undefined where there are fewer. */
async function endOfWalk(
  reads: Reads,
  query: LogQuery,
  plan: LogPlace['plan'],
  from: Condition,
): Promise<LogPlace | undefined> {
  const row = await reads
    .tables<EventsTables>()
    .selectFrom('event_log')
    .select(['at', 'position'])
    .where(from)
    .orderBy(orderOf(query, plan))
    .$if(plan === 'time', (select) => select.orderBy('position', directionOf(query)))
    .limit(1)
    .offset(MOST_WALKED - 1)
    .executeTakeFirst()
  return row === undefined ? undefined : placeOf(plan, row)
}

const placeOf = (plan: LogPlace['plan'], { at, position }: Pick<LogRow, 'at' | 'position'>): LogPlace => ({
  plan,
  at,
  position,
})

/** What comes after a place, in the direction of the question. */
const isBehind = ({ oldestFirst }: LogQuery, place: LogPlace) =>
  compared(place, oldestFirst === true ? '>' : '<')

function compared({ plan, at, position }: LogPlace, sign: '<' | '>'): Condition {
  if (plan === 'index') return sql<SqlBool>`position ${sql.raw(sign)} ${position}`
  return sql<SqlBool>`(at, position) ${sql.raw(sign)} (${at}, ${position})`
}

/** Puts strands together: what one has not come to yet, none can be given. */
function pageOf(walked: readonly Walked[], plan: LogPlace['plan'], query: LogQuery): LogRowPage {
  const { limit, oldestFirst } = query
  const turn = oldestFirst === true ? 1 : -1
  const compare = (a: Pick<LogRow, 'at' | 'position'>, b: Pick<LogRow, 'at' | 'position'>) =>
    turn * ((plan === 'time' ? a.at - b.at : 0) || a.position - b.position)
  const ends = walked.flatMap(({ to }) => (to === undefined ? [] : [to]))
  const end = ends.length === 0 ? undefined : ends.reduce((a, b) => (compare(a, b) <= 0 ? a : b))
  const rows = walked
    .flatMap((each) => each.rows)
    .sort(compare)
    .filter((row) => end === undefined || compare(row, end) <= 0)
  const given = rows.slice(0, limit)
  if (rows.length > limit) return { rows: given, next: placeOf(plan, given.at(-1)!) }
  return end === undefined ? { rows: given } : { rows: given, next: end }
}
