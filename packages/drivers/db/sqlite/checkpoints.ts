/*
 * Keeps the WAL short without ever letting the loop copy pages.
 *
 * A PASSIVE checkpoint on another thread copies while writing goes on, but under load it never catches the writer,
 * and the WAL never starts again from its beginning (3.1 GB after 30 s). RESTART does start it again, but against
 * a busy writer gave 381 SQLITE_BUSY in 20 s. So they shake hands: PASSIVE passes copy the bulk, each what came
 * during the one before, until little is left; then the loop holds its next group while RESTART copies that.
 *
 * The file keeps its length: the next writes go over the old ones, and a sync that need not tell the file system of
 * a longer file takes half as long (0.12 against 0.23 ms for 128 KiB on ext4). Only a WAL that a scan has made
 * longer than the hard limit is cut.
 *
 * A scan keeps its snapshot in the WAL. New scans wait during RESTART; old ones are let finish until the WAL
 * reaches the hard limit, and are then stopped and begin anew.
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import type { CheckpointMode } from './checkpoint-thread.ts'
import { type Connection, Prepared } from './connection.ts'
import { Thread } from './thread.ts'

export interface CheckpointParts {
  readonly file: string
  readonly walFile: string
  /** A connection of the loop: knows how much the WAL holds. */
  readonly connection: Connection
  /** From here on the WAL is copied into the database, in bytes. */
  readonly softBytes: number
  /** Here writing waits until the WAL is empty, in bytes. */
  readonly hardBytes: number
  readonly writes: { hold(): Promise<void>; release(): void }
  readonly scans: { pause(): void; resume(): void; stopRunning(): void }
}

/** After a checkpoint that a scan kept from finishing, the next is tried when the WAL has grown by this. */
const RETRY_BYTES = 8 * 2 ** 20

/** What PASSIVE leaves to RESTART, in bytes, if it can: writing waits a few milliseconds for that much. */
const LITTLE_BYTES = 2 ** 20

/** How often PASSIVE is run at most: a writer that is as fast as the copying would keep it busy for ever. */
const PASSES = 4

/** A page and its header. */
const FRAME_BYTES = 4096 + 24

/**
 * How often RESTART waits for stopped scans, 100 ms each time, before writing goes on all the same. What is left
 * then is the snapshot of another process, such as a backup, and it is not waited for at every step.
 */
const TRIES = 5

export class Checkpoints {
  readonly #parts: CheckpointParts
  readonly #wal: number
  readonly #look: Prepared
  #thread: Thread<CheckpointMode, boolean>
  #running: Promise<void> | undefined
  #holding: Promise<void> | undefined
  #nextAt: number
  #suspensions = 0

  constructor(parts: CheckpointParts) {
    this.#parts = parts
    this.#wal = openSync(parts.walFile, 'r')
    this.#look = new Prepared(parts.connection.database, 'pragma wal_checkpoint(noop)')
    this.#nextAt = parts.softBytes
    this.#thread = startThread(parts.file)
  }

  /** Told of every COMMIT; looks at how much the WAL holds, which takes two microseconds. */
  afterCommit(): void {
    const { bytes } = this.#wrote()
    if (this.#running === undefined) {
      if (bytes >= this.#nextAt && this.#suspensions === 0) {
        this.#running = this.#checkpoint().finally(() => {
          this.#running = undefined
        })
      }
    } else if (bytes >= this.#parts.hardBytes) this.#hold()
  }

  /** Begins no checkpoint until `resume`: a backup's snapshot would only make writing wait. Resolves when none runs. */
  async suspend(): Promise<void> {
    this.#suspensions += 1
    await this.#running
  }

  resume(): void {
    this.#suspensions -= 1
    this.#nextAt = this.#parts.softBytes
  }

  async close(): Promise<void> {
    await this.suspend()
    await this.#thread.close()
    closeSync(this.#wal)
  }

  async #checkpoint(): Promise<void> {
    const { softBytes, hardBytes } = this.#parts
    await this.#copyMost()
    await this.#hold()
    this.#parts.scans.pause()
    try {
      const isDone = await this.#restart()
      const { bytes } = this.#wrote()
      this.#nextAt = isDone ? softBytes : bytes + (bytes < hardBytes ? RETRY_BYTES : softBytes)
    } finally {
      this.#holding = undefined
      this.#parts.scans.resume()
      this.#parts.writes.release()
    }
  }

  /** A pass that copies nothing has a scan in its way, and another would not get further. */
  async #copyMost(): Promise<void> {
    for (let pass = 0; pass < PASSES; pass++) {
      const before = this.#wrote().copied
      await this.#ask('passive')
      const { bytes, copied } = this.#wrote()
      if (bytes - copied <= LITTLE_BYTES || copied === before) return
    }
  }

  /** Below the hard limit a scan in the way is worth another try later; above it the scan has to go. */
  async #restart(): Promise<boolean> {
    const mode = fstatSync(this.#wal).size > this.#parts.hardBytes ? 'truncate' : 'restart'
    for (let tries = 0; tries < TRIES; tries++) {
      if (await this.#ask(mode)) return true
      if (this.#wrote().bytes < this.#parts.hardBytes) return false
      this.#parts.scans.stopRunning()
    }
    return false
  }

  #hold(): Promise<void> {
    this.#holding ??= this.#parts.writes.hold()
    return this.#holding
  }

  /** What was written since the WAL last began, and how much of it the database has. */
  #wrote(): { bytes: number; copied: number } {
    const [, frames, copied] = this.#look.allArrays([])[0] as [number, number, number]
    return { bytes: frames * FRAME_BYTES, copied: copied * FRAME_BYTES }
  }

  /** Answers whether it is done; a disk without room or a dead thread counts as not done, and is tried again later. */
  async #ask(mode: CheckpointMode): Promise<boolean> {
    if (this.#thread.isDead) this.#thread = startThread(this.#parts.file)
    return this.#thread.ask(mode).catch(() => false)
  }
}

function startThread(file: string): Thread<CheckpointMode, boolean> {
  return new Thread(new URL('./checkpoint-thread.ts', import.meta.url), { file })
}
