import assert from 'node:assert/strict'
import type { Database } from '@orrery/drivers/db'
import { firstHash, nextHash } from '../chain.ts'
import type { EventsTables } from '../events-tables.ts'

/**
 * Asserts that positions and numbers have no gaps, that each hash holds the one before it, and that the heads stand at the
 * last events. @returns the ids in order
 */
export async function verifyLog(db: Database): Promise<string[]> {
  const tables = db.read.tables<EventsTables>()
  const rows = await tables.selectFrom('event_log').selectAll().orderBy('position').execute()
  const ends = new Map<number, { number: number; position: number; hash: string }>()
  rows.forEach((row, at) => {
    assert.equal(row.position, at + 1)
    const end = ends.get(row.workspace_key) ?? { number: 0, hash: firstHash(row.workspace_key) }
    assert.equal(row.number, end.number + 1)
    assert.equal(row.hash, nextHash(end.hash, row), `the chain breaks at position ${row.position}`)
    ends.set(row.workspace_key, row)
  })
  const heads = await tables
    .selectFrom('event_heads')
    .select(['workspace_key', 'number', 'position', 'hash'])
    .orderBy('workspace_key')
    .execute()
  const expected = [...ends].map(([workspace_key, { number, position, hash }]) => ({
    workspace_key,
    number,
    position,
    hash,
  }))
  assert.deepEqual(
    heads,
    expected.sort((a, b) => a.workspace_key - b.workspace_key),
  )
  return rows.map((row) => row.event_id)
}

/** How many events have not come into the log. */
export async function waitingEvents(db: Database): Promise<number> {
  const tables = db.read.tables<EventsTables>()
  return (await tables.selectFrom('outbox').select('seq').execute()).length
}
