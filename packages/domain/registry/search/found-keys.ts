import type { Reads } from '@orrery/drivers/db'
import type { RawBuilder } from 'kysely'

/** The keys that a query finds, in its order. */
export async function keysIn(reads: Reads, query: RawBuilder<{ key: number }>): Promise<number[]> {
  const { rows } = await query.execute(reads.tables())
  return rows.map(({ key }) => key)
}
