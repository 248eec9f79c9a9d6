import type { Reads } from '@orrery/drivers/db'
import type { EventsTables } from '../events-tables.ts'
import type { LogRow } from './logged-row.ts'
import { ofWorkspace } from './walk-log.ts'

/** Longer ones are in the event only: PostgreSQL refuses index entries beyond 2,704 bytes. */
const LONGEST = 500

/** Under which other subjects an event is found: rows of event_mentions. */
export function mentionsOf({
  also,
  subject,
  workspace_key,
  position,
}: LogRow): [workspaceKey: number, subject: string, position: number][] {
  if (also === null) return []
  return (JSON.parse(also) as string[])
    .filter((other) => other !== subject && other.length <= LONGEST)
    .map((other) => [workspace_key, other, position])
}

/** See `LogQueries.misplaced`. */
export async function findMisplaced(
  reads: Reads,
  rows: readonly LogRow[],
  workspaceKey: number | undefined,
): Promise<readonly LogRow[]> {
  const first = rows[0]
  const last = rows.at(-1)
  if (first === undefined || last === undefined) return []
  const mentions = await reads
    .tables<EventsTables>()
    .selectFrom('event_mentions')
    .select(['workspace_key', 'subject', 'position'])
    .where('position', '>=', first.position)
    .where('position', '<=', last.position)
    .$if(workspaceKey !== undefined, (select) => select.where(ofWorkspace(workspaceKey!)))
    .execute()
  const found = new Map<number, Set<string>>()
  for (const { workspace_key, subject, position } of mentions) {
    const at = found.get(position) ?? new Set()
    found.set(position, at.add(`${workspace_key} ${subject}`))
  }
  return rows.filter((row) => {
    const at = found.get(row.position) ?? new Set()
    if (at.size === 0 && row.also === null) return false
    const named = new Set(namedIn(row))
    return at.symmetricDifference(named).size > 0
  })
}

/** Of a row that somebody has changed `also` may be anything. */
function namedIn(row: LogRow): readonly string[] {
  try {
    return mentionsOf(row).map(([workspace, subject]) => `${workspace} ${subject}`)
  } catch {
    return ['']
  }
}
