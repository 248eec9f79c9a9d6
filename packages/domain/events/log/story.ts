import type { Reads } from '@orrery/drivers/db'
import { type SqlBool, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { StoryPage, StoryQuery } from '../log.ts'
import { allOf, type Condition, isBelow, isOneOf, isSubject, seenBy } from './conditions.ts'
import { asLogged, type LogRow } from './logged-row.ts'
import { namesOf, type Scope } from './names-of.ts'

/** What happens to a model happens to its versions too. */
const LIFE_OF_MODEL = ['model.registered', 'model.renamed', 'model.deleted']

/** With these a thing of that name begins. */
const BEGINS = ['model.registered', 'version.created']

export async function readStory(reads: Reads, query: StoryQuery): Promise<StoryPage> {
  const { workspaceKey, subject, durable, limit } = query
  const scopes = await namesOf(reads, workspaceKey, subject, durable)
  const positions = await positionsOf(reads, query, scopes)
  const given = positions.slice(0, limit)
  const rows = await rowsAt(reads, given)
  const lives = await livesOf(reads, query, scopes)
  const events = rows.map((row) => ({ event: asLogged(row), life: lifeOf(lives, row) }))
  return positions.length > limit ? { events, next: given.at(-1)! } : { events }
}

/** One more than fit, if there are. Each way along an index gives its first, and the first of all are given. */
async function positionsOf(
  reads: Reads,
  query: StoryQuery,
  scopes: readonly Scope[],
): Promise<readonly number[]> {
  const found = new Set<number>()
  const inWorkspace = sql<SqlBool>`workspace_key = ${query.workspaceKey}`
  for (const { subject, model, through } of scopes) {
    const conditions = [allOf([inWorkspace, isSubject(subject)]), among(inWorkspace, isBelow(`${subject}/`))]
    if (model !== undefined && model !== subject) {
      conditions.push(allOf([inWorkspace, isSubject(model), isOneOf('type', LIFE_OF_MODEL, reads.words)]))
    }
    for (const condition of conditions) {
      for (const position of await own(reads, query, through, condition)) found.add(position)
    }
    for (const position of await mentioned(reads, query, { subject, model, through })) found.add(position)
  }
  return [...found].sort((a, b) => a - b).slice(0, query.limit + 1)
}

/** What is below a subject does not come in the order of positions: the planner must not walk along those instead. */
const among = (inWorkspace: Condition, which: Condition): Condition =>
  sql<SqlBool>`position in (select position from event_log where ${inWorkspace} and ${which})`

async function own(
  reads: Reads,
  query: StoryQuery,
  through: number,
  condition: Condition,
): Promise<readonly number[]> {
  const seen = seenBy(query.readableTo, reads.words)
  const { rows } = await sql<{ position: number }>`select position from event_log
    where ${allOf([condition, ...(seen === undefined ? [] : [seen])])}
    and position > ${query.after ?? 0} and position <= ${through}
    order by position limit ${sql.lit(query.limit + 1)}`.execute(reads.tables())
  return rows.map(({ position }) => position)
}

async function mentioned(
  reads: Reads,
  query: StoryQuery,
  { subject, through }: Scope,
): Promise<readonly number[]> {
  const seen = seenBy(query.readableTo, reads.words)
  const visible =
    seen === undefined ? sql`` : sql`and position in (select position from event_log where ${seen})`
  const ask = (which: Condition) =>
    sql<{ position: number }>`select position from event_mentions
      where workspace_key = ${query.workspaceKey} and ${which}
      and position > ${query.after ?? 0} and position <= ${through} ${visible}
      order by position limit ${sql.lit(query.limit + 1)}`.execute(reads.tables())
  const exact = await ask(sql`subject = ${subject}`)
  const below = await ask(sql`subject >= ${`${subject}/`} and subject < ${`${subject}0`}`)
  return [...exact.rows, ...below.rows].map(({ position }) => position)
}

async function rowsAt(reads: Reads, positions: readonly number[]): Promise<readonly LogRow[]> {
  if (positions.length === 0) return []
  return reads
    .tables<EventsTables>()
    .selectFrom('event_log')
    .selectAll()
    .where(reads.words.among(sql.ref('position'), positions))
    .orderBy('position')
    .execute()
}

interface Life {
  readonly position: number
  readonly on: number | null
}

/** Where the things of that name began, oldest first: models for a model, versions for a version. */
async function livesOf(
  reads: Reads,
  { workspaceKey }: StoryQuery,
  scopes: readonly Scope[],
): Promise<readonly Life[]> {
  const lives: Life[] = []
  for (const { subject, model, through } of scopes) {
    if (model === undefined) continue
    const rows = await reads
      .tables<EventsTables>()
      .selectFrom('event_log')
      .select(['position', 'on_key as on'])
      .where('workspace_key', '=', workspaceKey)
      .where(isSubject(subject))
      .where(sql<SqlBool>`type in (${sql.join(BEGINS)})`)
      .where('position', '<=', through)
      .execute()
    lives.push(...rows)
  }
  return lives.sort((a, b) => a.position - b.position)
}

/** The thing is known by the model's key: two may have had a name at once, where one got it by renaming. */
function lifeOf(lives: readonly Life[], { position, on_key: on, audience }: LogRow): number {
  const own = audience === 'model' && on !== null ? lives.filter((life) => life.on === on) : []
  const among = own.length > 0 ? own : lives
  const begun = among.filter((life) => life.position <= position).at(-1) ?? among[0]
  return begun === undefined ? 1 : lives.indexOf(begun) + 1
}
