import type { Tx } from '@orrery/drivers/db'
import { firstHash, nextHash } from '../chain.ts'
import type { LogRow } from '../log/logged-row.ts'
import { mentionsOf } from '../log/mentions.ts'
import {
  beginSequence,
  dropThese,
  dropThrough,
  headsOf,
  leaveAt,
  moveHead,
  newLogRows,
  newMentions,
  takeTurn,
  waitingEvents,
} from './turn-statements.ts'

/** The end of a workspace's chain. */
export interface ChainEnd {
  readonly number: number
  readonly hash: string
}

/** What a server remembers of the log; it holds while nobody else has had a turn. */
export interface Remembered {
  readonly position: number
  readonly ends: ReadonlyMap<number, ChainEnd>
}

export interface Turn {
  /** Where the log ended before, and where it ends now. */
  readonly from: number
  readonly upTo: number
  readonly rows: readonly LogRow[]
  /** The chains that have grown. */
  readonly ends: ReadonlyMap<number, ChainEnd>
  /** Whether what was remembered still held. */
  readonly held: boolean
}

/**
 * Moves events from the outbox into the log, in a transaction of its own.
 *
 * @param limit at most so many
 * @param mustWrite writes even if there is nothing to move: on SQLite the answer then tells that everything before it
 *   is durable
 */
export async function moveEvents(
  tx: Tx,
  remembered: Remembered,
  limit: number,
  soleWriter: boolean,
  mustWrite: boolean,
): Promise<Turn> {
  const from = await takenAt(tx)
  const waiting = await tx.all(waitingEvents, { limit })
  if (waiting.length === 0) {
    if (mustWrite) await tx.run(leaveAt, { position: from })
    return { from, upTo: from, rows: [], ends: new Map(), held: from === remembered.position }
  }
  const turn = await append(tx, from, remembered, waiting)
  if (soleWriter) await tx.run(dropThrough, { seq: waiting.at(-1)!.seq })
  else await tx.run(dropThese, { seqs: waiting.map(({ seq }) => seq) })
  return turn
}

/**
 * Writes events into the log in the transaction that they tell of: only where nobody else writes, so that it takes no
 * turn from anybody, and when nothing waits in the outbox.
 */
export async function writeEvents(tx: Tx, remembered: Remembered, rows: readonly LogRow[]): Promise<Turn> {
  return append(tx, await takenAt(tx), remembered, rows)
}

/** @param rows their places in the log are filled in */
async function append(tx: Tx, from: number, remembered: Remembered, rows: readonly LogRow[]): Promise<Turn> {
  const held = from === remembered.position
  const workspaces = new Set(rows.map((row) => row.workspace_key))
  const ends = await endsOf(tx, workspaces, held ? remembered.ends : NONE)
  let upTo = from
  for (const row of rows) {
    const end = ends.get(row.workspace_key)!
    row.position = ++upTo
    row.number = end.number + 1
    row.hash = nextHash(end.hash, row)
    ends.set(row.workspace_key, row)
  }
  await tx.bulk(newLogRows, rows.map(valuesOf))
  const named = rows.filter(({ also }) => also !== null)
  if (named.length > 0) await tx.bulk(newMentions, named.flatMap(mentionsOf))
  await moveHeads(tx, rows)
  await tx.run(leaveAt, { position: upTo })
  return { from, upTo, rows, ends, held }
}

const NONE: ReadonlyMap<number, ChainEnd> = new Map()

async function takenAt(tx: Tx): Promise<number> {
  const row = await tx.first(takeTurn, {})
  if (row !== undefined) return row.position
  await tx.run(beginSequence, {})
  return (await tx.first(takeTurn, {}))!.position
}

async function endsOf(
  tx: Tx,
  workspaces: ReadonlySet<number>,
  known: ReadonlyMap<number, ChainEnd>,
): Promise<Map<number, ChainEnd>> {
  const ends = new Map<number, ChainEnd>()
  const unknown: number[] = []
  for (const workspace of workspaces) {
    const end = known.get(workspace)
    if (end === undefined) unknown.push(workspace)
    else ends.set(workspace, end)
  }
  if (unknown.length === 0) return ends
  for (const workspace of unknown) ends.set(workspace, { number: 0, hash: firstHash(workspace) })
  for (const { workspace_key, number, hash } of await tx.all(headsOf, { workspaces: unknown })) {
    ends.set(workspace_key, { number, hash })
  }
  return ends
}

/** The last row of each workspace, in the order of their keys: two servers that lock rows in one order do not meet. */
async function moveHeads(tx: Tx, rows: readonly LogRow[]): Promise<void> {
  const last = new Map(rows.map((row) => [row.workspace_key, row]))
  for (const workspace of [...last.keys()].sort((a, b) => a - b)) {
    const { number, position, hash } = last.get(workspace)!
    await tx.run(moveHead, { workspace, number, position, hash, first: firstHash(workspace) })
  }
}

function valuesOf(row: LogRow) {
  return [
    row.position,
    row.number,
    row.event_id,
    row.workspace_key,
    row.type,
    row.subject,
    row.audience,
    row.on_key,
    row.also,
    row.actor,
    row.credential,
    row.reason,
    row.request_id,
    row.address,
    row.at,
    row.before,
    row.after,
    row.hash,
  ]
}
