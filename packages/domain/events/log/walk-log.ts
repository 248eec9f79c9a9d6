import type { Reads } from '@orrery/drivers/db'
import { type SqlBool, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { LogHead, LogWalk, WalkQuery } from '../log.ts'
import type { LogRow } from './logged-row.ts'

const MOST_ROWS = 1_000

/** Positions among which rows of one workspace are looked for at once: they have no index of their own. */
const WINDOW = 50_000

/**
 * The sign keeps the planner from an index of the workspace, which would be read to its end and sorted for each page:
 * 500 ms for a million events.
 */
export const ofWorkspace = (workspaceKey: number) => sql<SqlBool>`+workspace_key = ${workspaceKey}`

export async function walkLog(reads: Reads, { after, through, workspaceKey }: WalkQuery): Promise<LogWalk> {
  const last = workspaceKey === undefined ? through : Math.min(through, after + WINDOW)
  const rows = await reads
    .tables<EventsTables>()
    .selectFrom('event_log')
    .selectAll()
    .where('position', '>', after)
    .where('position', '<=', last)
    .$if(workspaceKey !== undefined, (select) => select.where(ofWorkspace(workspaceKey!)))
    .orderBy('position')
    .limit(MOST_ROWS)
    .execute()
  return { rows, to: rows.length < MOST_ROWS ? last : rows.at(-1)!.position }
}

/** Where the log of each workspace ends and begins, in the order of their keys. */
export async function readHeads(reads: Reads): Promise<readonly LogHead[]> {
  const rows = await reads
    .tables<EventsTables>()
    .selectFrom('event_heads')
    .selectAll()
    .orderBy('workspace_key')
    .execute()
  return rows.map((row) => ({
    workspaceKey: row.workspace_key,
    number: row.number,
    position: row.position,
    hash: row.hash,
    floor: {
      workspaceKey: row.workspace_key,
      number: row.floor_number,
      position: row.floor_position,
      hash: row.floor_hash,
      raisedAt: row.floor_at,
    },
  }))
}

export async function readLastUpTo(
  reads: Reads,
  workspaceKey: number,
  position: number,
): Promise<LogRow | undefined> {
  return reads
    .tables<EventsTables>()
    .selectFrom('event_log')
    .selectAll()
    .where(ofWorkspace(workspaceKey))
    .where('position', '<=', position)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function readLastPosition(reads: Reads): Promise<number> {
  const { last } = await reads
    .tables<EventsTables>()
    .selectFrom('event_log')
    .select((e) => e.fn.max<number | null>('position').as('last'))
    .executeTakeFirstOrThrow()
  return last ?? 0
}
