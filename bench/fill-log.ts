import { firstHash, nextHash } from '@orrery/domain/events'
import type { BulkInsert, Database, Value } from '@orrery/drivers/db'
import { sql } from 'kysely'

export interface FillLogOptions {
  readonly workspaceKey: number
  readonly events: number
}

const BEGAN_AT = 1_750_000_000_000
const EVERY_MS = 1_000
const BATCH = 10_000

/** People; the first does a tenth of everything, as a service account does. */
export const PEOPLE = 1_000
export const MODELS = 2_000

const rows: BulkInsert = {
  table: 'event_log',
  columns: {
    position: 'int',
    number: 'int',
    event_id: 'text',
    workspace_key: 'int',
    type: 'text',
    subject: 'text',
    audience: 'text',
    on_key: 'int',
    actor: 'text',
    credential: 'text',
    reason: 'text',
    request_id: 'text',
    address: 'text',
    at: 'int',
    also: 'text',
    before: 'text',
    after: 'text',
    hash: 'text',
  },
  key: ['position'],
  onClash: 'fail',
}

/** When the n-th event happened. */
export const timeOf = (n: number) => BEGAN_AT + n * EVERY_MS

export const actorOf = (n: number) => `user:person-${n % 10 === 0 ? 0 : n % PEOPLE}`

/** Three of four are about runs, of which each has ten; one is about a version of a model. */
export function subjectOf(n: number): string {
  return n % 4 === 3
    ? `models/model-${(n >> 2) % MODELS}/versions/${1 + ((n >> 2) % 5)}`
    : `runs/run-${n % 77_777}`
}

/** Fills the log of a store, past the sequencer and with its chain: about 60,000 events a second. */
export async function fillLog(db: Database, { workspaceKey, events }: FillLogOptions): Promise<void> {
  let hash = firstHash(workspaceKey)
  for (let first = 1; first <= events; first += BATCH) {
    const values: Value[][] = []
    for (let n = first; n < Math.min(first + BATCH, events + 1); n++) {
      const subject = subjectOf(n)
      const isRun = subject.startsWith('runs/')
      const row = {
        position: n,
        number: n,
        event_id: n.toString(16).padStart(32, '0'),
        workspace_key: workspaceKey,
        type: isRun ? (n % 3 === 0 ? 'run.created' : 'run.tags-set') : 'stage.changed',
        subject,
        audience: isRun ? 'experiment' : 'model',
        on_key: 1 + (n % 50),
        actor: actorOf(n),
        credential: 'personal:1',
        reason: n % 7 === 0 ? 'Passed all checks.' : null,
        request_id: `request-${n}`,
        address: '10.0.0.1',
        at: timeOf(n),
        also: null,
        before: null,
        after: '{"experimentId":"12","name":"bold-ant-7"}',
      }
      hash = nextHash(hash, row)
      values.push([...Object.values(row), hash])
    }
    await db.inTx((tx) => tx.bulk(rows, values))
  }
  await db.inTx(async (tx) => {
    const tables = tx.tables()
    await sql`delete from outbox`.execute(tables)
    await sql`update event_sequence set position = ${events}`.execute(tables)
    await sql`delete from event_heads where workspace_key = ${workspaceKey}`.execute(tables)
    await sql`insert into event_heads (workspace_key, number, position, hash, floor_number, floor_position, floor_hash)
      values (${workspaceKey}, ${events}, ${events}, ${hash}, 0, 0, ${firstHash(workspaceKey)})`.execute(
      tables,
    )
  })
}
