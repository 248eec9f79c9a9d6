/*
 * What readers are shown would survive a power cut: whenever the log has grown for them, the database and the part of its
 * write-ahead log that a finished sync covers are copied, and the copy must hold everything up to where the log has
 * grown. Without our sync it must not.
 */
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openSqlite } from '@orrery/drivers/db/sqlite'
import { eventsMigrations } from '../index.ts'
import { openLog, someone } from '../testing/open-log.ts'

const here = someone(1)
const told = { type: 'run.deleted', subject: 'runs/a', on: 1 } as const

function tempFolder() {
  const path = mkdtempSync(join(tmpdir(), 'orrery-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** @returns the last position of the log after a power cut that left so much of the write-ahead log */
function positionAfterCut(home: string, copy: string, walBytes: number): number {
  const file = join(copy, 'cut.db')
  rmSync(`${file}-shm`, { force: true })
  copyFileSync(join(home, 'orrery.db'), file)
  writeFileSync(`${file}-wal`, readFileSync(join(home, 'orrery.db-wal')).subarray(0, walBytes))
  const cut = new DatabaseSync(file)
  try {
    const hasLog = cut.prepare(`select name from sqlite_master where name = 'event_log'`).get() !== undefined
    return hasLog ? Number(cut.prepare('select max(position) as last from event_log').get()!.last ?? 0) : 0
  } finally {
    cut.close()
  }
}

/** @returns at each growth how far readers were let, and how far a cut would leave the log */
async function growths(isSyncOn: boolean): Promise<{ shown: number; left: number }[]> {
  using home = tempFolder()
  using copy = tempFolder()
  let covered = 0
  await using db = await openSqlite({
    folder: home.path,
    checkpointBytes: 2 ** 30,
    syncer: (walFile) => ({
      async sync() {
        const written = statSync(walFile).size
        // Slower than everything else, so that there is always something that is not safe yet.
        await new Promise((resolve) => setTimeout(resolve, 3))
        if (isSyncOn) covered = written
      },
      close: async () => {},
    }),
  })
  await db.migrate([eventsMigrations])
  await using log = await openLog(db)
  const seen: { shown: number; left: number }[] = []
  log.log.onGrown(() => {
    seen.push({ shown: log.log.durable, left: positionAfterCut(home.path, copy.path, covered) })
  })
  let written = 0
  const client = async () => {
    while (written++ < 400) await db.inTx((tx) => log.emit(tx, here, told))
  }
  await Promise.all(Array.from({ length: 4 }, client))
  await log.settle()
  return seen
}

test('no reader is shown an event that a power cut could take back', async () => {
  const seen = await growths(true)
  assert.ok(seen.length > 20, `the log has grown only ${seen.length} times`)
  assert.deepEqual(
    seen.filter(({ shown, left }) => left < shown),
    [],
  )
})

test('the same proof is red when our sync is switched off', async () => {
  const seen = await growths(false)
  assert.ok(seen.filter(({ shown, left }) => left < shown).length > 20)
})

test('while a sync hangs, what was committed before it is shown to nobody', async () => {
  using home = tempFolder()
  let isHanging = false
  let letGo = () => {}
  await using db = await openSqlite({
    folder: home.path,
    syncer: () => ({
      sync: () =>
        isHanging
          ? new Promise<void>((resolve) => {
              letGo = resolve
            })
          : Promise.resolve(),
      close: async () => {},
    }),
  })
  await db.migrate([eventsMigrations])
  await using log = await openLog(db)
  isHanging = true
  const verb = db.inTx((tx) => log.emit(tx, here, told))
  const settled = log.settle()
  // The turn has been committed once its row can be read on another connection.
  const isLogged = () =>
    db.scan((reads) =>
      reads
        .tables<never>()
        .selectFrom('event_log' as never)
        .selectAll()
        .execute(),
    )
  while ((await isLogged()).length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(log.log.durable, 0)
  assert.deepEqual(await log.log.after(0, 10), [])
  isHanging = false
  letGo()
  await Promise.all([verb, settled])
  assert.equal(log.log.durable, 1)
})
