import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { sql } from 'kysely'
import { type Event, eventsMigrations, logQueries } from '../../events/index.ts'
import { someone } from '../../events/testing/open-log.ts'
import { governanceMigrations } from '../index.ts'
import { openGovernance } from '../testing/open-governance.ts'
import { verifyLog } from './verify-log.ts'

const run = (id: number): Event => ({ type: 'run.created', subject: `runs/${id}`, on: 7 })

eachEngine('verification of the whole log', [eventsMigrations, governanceMigrations], (open) => {
  test('walks all workspaces at once, and tells of each what is wrong with it', async () => {
    await using db = await open()
    await using bed = await openGovernance(db)
    for (let n = 1; n <= 10; n++) {
      for (const workspace of [1, 2, 3]) await bed.tell(someone(workspace), run(n))
    }
    const { anchor } = await bed.anchors.write()
    const verify = () => verifyLog(db.read, logQueries, anchor)
    const whole = await verify()
    assert.deepEqual(
      whole.map(({ workspaceKey, faults }) => [workspaceKey, faults]),
      [
        [1, []],
        [2, []],
        [3, []],
      ],
    )
    assert.deepEqual(
      whole.map(({ verified, head }) => verified - head.number),
      [0, 0, 0],
    )
    await db.inTx(async (tx) => {
      const tables = tx.tables()
      await sql`update event_log set reason = 'x' where workspace_key = 2 and number = 5`.execute(tables)
      await sql`delete from event_log where workspace_key = 3`.execute(tables)
      await sql`delete from event_heads where workspace_key = 3`.execute(tables)
      await sql`update event_log set workspace_key = 9 where workspace_key = 1 and number = 4`.execute(tables)
    })
    const found = (await verify()).map(({ workspaceKey, faults }) => [
      workspaceKey,
      ...faults.map(({ kind, number }) => `${kind} ${number}`),
    ])
    assert.deepEqual(found, [
      [1, 'missing 4'],
      [2, 'changed 5'],
      [3, 'anchor 10'],
      [9, 'added 4'],
    ])
  })
})
