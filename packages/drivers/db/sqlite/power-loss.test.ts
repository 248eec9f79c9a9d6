/*
 * What `kill -9` cannot show: that an acknowledged write survives the loss of everything the operating system had
 * not yet written. At many moments of a busy run the database and its WAL are copied, and the copy of the WAL is
 * cut to the length that the last finished sync covers, and at torn places behind it; behind the cut lies what the
 * WAL held there in its life before, as on a disk that never saw the lost writes. Every cut must open, be sound and
 * hold every write acknowledged before that moment. With our sync switched off it must not.
 */
import assert from 'node:assert/strict'
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { addThing, thingModule } from '../suite/tables.ts'
import { testFolder } from '../testing/folder.ts'
import { openSqlite } from './store.ts'
import { noSync, type Syncer, threadSyncer } from './sync.ts'

/** One life of the WAL: a checkpoint begins another, with other salt in the header. */
function generation(walFile: string): string {
  const header = Buffer.alloc(32)
  const fd = openSync(walFile, 'r')
  const length = readSync(fd, header, 0, 32, 0)
  closeSync(fd)
  return header.subarray(16, length).toString('hex')
}

/**
 * A syncer that remembers how much of which WAL its last finished sync has brought to the platter.
 * @param before called when something is committed and not yet safe: the most interesting moments
 */
function recorded(walFile: string, inner: Syncer, isRecording: boolean, before: () => void) {
  const covered = { generation: '', bytes: 0 }
  const syncer: Syncer = {
    async sync() {
      before()
      const reach = { generation: generation(walFile), bytes: written(walFile) }
      await inner.sync()
      if (isRecording) Object.assign(covered, reach)
    },
    close: () => inner.close(),
  }
  return { syncer, covered }
}

const PAGE = 4096
const FRAME = PAGE + 24

/** How long the WAL of this life is; behind it the file may hold what is left of an earlier one (`mxFrame`). */
const written = (walFile: string) => inSharedMemory(walFile, 16)

/**
 * How much of the WAL a checkpoint has made safe by a sync of its own, which comes before its first page goes into
 * the database (`nBackfillAttempted`).
 */
const checkpointed = (walFile: string) => inSharedMemory(walFile, 128)

/** A length that SQLite keeps in the shared memory as a number of frames. */
function inSharedMemory(walFile: string, at: number): number {
  const frames = Buffer.alloc(4)
  const fd = openSync(walFile.replace(/-wal$/, '-shm'), 'r')
  readSync(fd, frames, 0, 4, at)
  closeSync(fd)
  const count = endianness() === 'LE' ? frames.readUInt32LE() : frames.readUInt32BE()
  return count === 0 ? 0 : 32 + count * FRAME
}

interface Cut {
  readonly lost: number
  readonly verdict: string
}

/** A copy of database and WAL, of one moment. */
interface Copy {
  readonly generation: string
  readonly whole: number
  /** How much of the WAL is safe by checkpoints alone. */
  readonly safe: number
}

/** Copies by hand can meet a checkpoint half way; such a copy is no picture of any moment, and is not judged. */
function copyOfOneMoment(home: string, to: string): Copy | undefined {
  const wal = join(home, 'orrery.db-wal')
  const before = { generation: generation(wal), whole: written(wal) }
  const last = join(to, 'whole-wal')
  if (existsSync(last) && generation(last) !== before.generation) renameSync(last, join(to, 'older-wal'))
  copyFileSync(join(home, 'orrery.db'), join(to, 'orrery.db'))
  const safe = checkpointed(wal)
  copyFileSync(wal, last)
  const isOne = before.generation === generation(wal) && written(wal) === before.whole
  return isOne ? { ...before, safe } : undefined
}

const readIfThere = (file: string) => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0))

/** @param bytes how much of the `whole` length of the WAL the disk has seen */
function judge(folder: string, bytes: number, whole: number, acknowledged: readonly string[]): Cut {
  const [file, wal] = [join(folder, 'cut.db'), join(folder, 'cut.db-wal')]
  rmSync(`${file}-shm`, { force: true })
  copyFileSync(join(folder, 'orrery.db'), file)
  const now = readFileSync(join(folder, 'whole-wal'))
  const before = readIfThere(join(folder, 'older-wal'))
  const lost = before.length < whole ? [] : [before.subarray(bytes, whole), now.subarray(whole)]
  writeFileSync(wal, Buffer.concat([now.subarray(0, bytes), ...lost]))
  const cut = new DatabaseSync(file)
  try {
    const verdict = String(cut.prepare('pragma integrity_check').get()?.integrity_check)
    const kept = new Set(
      cut
        .prepare('select name from things')
        .all()
        .map(({ name }) => name),
    )
    return { verdict, lost: acknowledged.filter((name) => !kept.has(name)).length }
  } finally {
    cut.close()
  }
}

const WRITES = 600
const CUT_EVERY = 3

async function runWithCuts(options: { isSyncOn: boolean; checkpointBytes: number }): Promise<Cut[]> {
  using home = testFolder()
  using copies = testFolder()
  let watched!: ReturnType<typeof recorded>
  await using db = await openSqlite({
    folder: home.path,
    checkpointBytes: options.checkpointBytes,
    syncer: (file) => {
      watched = recorded(file, options.isSyncOn ? threadSyncer(file) : noSync, options.isSyncOn, cut)
      return watched.syncer
    },
  })
  await db.migrate([thingModule])
  const acknowledged: string[] = []
  const cuts: Cut[] = []
  let written = 0
  let syncs = 0

  function cut(): void {
    syncs += 1
    const copy = copyOfOneMoment(home.path, copies.path)
    if (copy === undefined || syncs % CUT_EVERY !== 0) return
    const { whole } = copy
    const bySync = watched.covered.generation === copy.generation ? watched.covered.bytes : 0
    const safe = Math.min(Math.max(bySync, copy.safe), whole)
    const torn = [1, 25, 4_120, Math.floor((whole - safe) / 2)].map((more) => Math.min(safe + more, whole))
    for (const bytes of new Set([safe, ...torn])) cuts.push(judge(copies.path, bytes, whole, acknowledged))
  }

  async function client(): Promise<void> {
    while (written < WRITES) {
      const name = `write ${written++} ${'x'.repeat(500)}`
      await db.inTx((tx) => tx.first(addThing, { name, size: 1 }))
      acknowledged.push(name)
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  return cuts
}

function summary(cuts: readonly Cut[]): { cuts: boolean; lost: number; damaged: number } {
  return {
    cuts: cuts.length >= 100,
    lost: cuts.reduce((sum, { lost }) => sum + lost, 0),
    damaged: cuts.filter(({ verdict }) => verdict !== 'ok').length,
  }
}

test('every cut of a run without checkpoints holds every acknowledged write', async () => {
  const cuts = await runWithCuts({ isSyncOn: true, checkpointBytes: 2 ** 30 })
  assert.deepEqual(summary(cuts), { cuts: true, lost: 0, damaged: 0 })
})

test('every cut of a run with many checkpoints holds every acknowledged write', async () => {
  const cuts = await runWithCuts({ isSyncOn: true, checkpointBytes: 256 * 1024 })
  assert.deepEqual(summary(cuts), { cuts: true, lost: 0, damaged: 0 })
})

test('the same proof is red when our sync is switched off', async () => {
  const { lost } = summary(await runWithCuts({ isSyncOn: false, checkpointBytes: 2 ** 30 }))
  assert.ok(lost > 100, `only ${lost} writes were missed: the proof would not notice a missing sync`)
})
