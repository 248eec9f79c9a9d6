import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Database } from '../database.ts'
import { allPoints, pointInsert, thingModule } from '../suite/tables.ts'
import { testFolder } from '../testing/folder.ts'
import { openSqlite } from './store.ts'

const MIB = 2 ** 20
const insert = pointInsert('fail')

let step = 0

/** Writes about `mib` MiB through 4 clients and gives back how long the WAL ever was. */
async function write(db: Database, folder: string, mib: number): Promise<number> {
  const wal = join(folder, 'orrery.db-wal')
  const until = step + mib * 50
  let longest = 0
  const client = async (series: number) => {
    while (step < until) {
      step += 1
      const from = step * 20
      const rows = Array.from({ length: 20 }, (_, i) => [series, from + i, i, 'x'.repeat(1_000)])
      await db.inTx((tx) => tx.bulk(insert, rows))
      longest = Math.max(longest, statSync(wal).size)
    }
  }
  await Promise.all([1, 2, 3, 4].map(client))
  return longest
}

test('the WAL stays short under load, and nothing is refused', async () => {
  using home = testFolder()
  await using db = await openSqlite({ folder: home.path, checkpointBytes: 2 * MIB })
  await db.migrate([thingModule])
  const longest = await write(db, home.path, 12)
  assert.ok(longest < 5 * MIB, `${longest} bytes`)
  assert.ok(longest >= 2 * MIB, 'the test writes enough to need checkpoints')
})

test('a scan that keeps its snapshot is let finish while there is room, then begins anew', async () => {
  using home = testFolder()
  await using db = await openSqlite({ folder: home.path, checkpointBytes: 2 * MIB, sync: false })
  await db.migrate([thingModule])
  await write(db, home.path, 0.1)
  let isWritten = false
  let times = 0
  const scan = db.scan(async (reads) => {
    times += 1
    const before = (await reads.all(allPoints, {})).length
    while (!isWritten) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal((await reads.all(allPoints, {})).length, before)
  })
  const longest = await write(db, home.path, 12)
  isWritten = true
  await scan
  assert.ok(times > 1, 'the test writes enough for the scan to be in the way')
  assert.ok(longest < 16 * MIB, `${longest} bytes`)
  assert.ok((await db.scan((reads) => reads.all(allPoints, {}))).length > 10_000)
})
