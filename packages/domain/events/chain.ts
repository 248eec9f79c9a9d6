import { hash } from 'node:crypto'

/*
 * How the log is chained. Each workspace has a chain of its own, so that retention can take its beginning away, and an
 * export can be checked, without the events of others.
 *
 *   hash(n) = SHA-256( hash(n-1) as 64 lower-case hex characters + JSON of the row's values in CHAINED order )
 *   hash(0) = SHA-256( "orrery event log" + workspace_key )
 *
 * The JSON is `JSON.stringify` of a list: the order is fixed, so nothing needs sorting (3 µs a row with the hash).
 * `before`, `after` and `also` are in it as the texts that are stored. The position is in it too: a row that is
 * taken away, changed, put elsewhere or put in between breaks the chain where it happened.
 */
export const CHAINED = [
  'number',
  'position',
  'event_id',
  'workspace_key',
  'type',
  'subject',
  'audience',
  'on_key',
  'actor',
  'credential',
  'reason',
  'request_id',
  'address',
  'at',
  'also',
  'before',
  'after',
] as const

export const CHAIN_SEED = 'orrery event log'

/** What of a row of the log its hash is made of. */
export type ChainedRow = { readonly [Column in (typeof CHAINED)[number]]: string | number | null }

/** What stands before the first event of a workspace. Lower-case hex. */
export function firstHash(workspaceKey: number): string {
  return hash('sha256', `${CHAIN_SEED}${workspaceKey}`, 'hex')
}

/** @param previous of the event before it in its workspace @returns lower-case hex */
export function nextHash(previous: string, row: ChainedRow): string {
  const values = CHAINED.map((column) => row[column])
  return hash('sha256', previous + JSON.stringify(values), 'hex')
}
