/*
 * Keeps the WAL short without ever letting the loop copy pages.
 *
 * A PASSIVE checkpoint on another thread copies while writing goes on, but under load it never catches the writer,
 * and the WAL never starts again from its beginning (3.1 GB after 30 s). TRUNCATE does start it again, but against
 * a busy writer gave 381 SQLITE_BUSY in 20 s. So they shake hands: PASSIVE copies the bulk, then the loop
 * holds its next group while TRUNCATE copies the little that came since. Pauses of 24-30 ms, WAL <= 70 MB.
 *
 * A scan keeps its snapshot in the WAL. New scans wait during TRUNCATE; old ones are let finish until the WAL
 * reaches the hard limit, and are then stopped and begin anew.
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import type { CheckpointMode } from './checkpoint-thread.ts'
import { Thread } from './thread.ts'

export interface CheckpointParts {
  readonly file: string
  readonly walFile: string
  /** From here on the WAL is copied into the database, in bytes. */
  readonly softBytes: number
  /** Here writing waits until the WAL is empty, in bytes. */
  readonly hardBytes: number
  readonly writes: { hold(): Promise<void>; release(): void }
  readonly scans: { pause(): void; resume(): void; stopRunning(): void }
}

/** After a checkpoint that a scan kept from finishing, the next is tried when the WAL has grown by this. */
const RETRY_BYTES = 8 * 2 ** 20

/**
 * How often TRUNCATE waits for stopped scans, 100 ms each time, before writing goes on all the same. What is left
 * then is the snapshot of another process, such as a backup, and it is not waited for at every step.
 */
const TRIES = 5

export class Checkpoints {
  readonly #parts: CheckpointParts
  readonly #wal: number
  #thread: Thread<CheckpointMode, boolean>
  #running: Promise<void> | undefined
  #holding: Promise<void> | undefined
  #nextAt: number
  #suspensions = 0

  constructor(parts: CheckpointParts) {
    this.#parts = parts
    this.#wal = openSync(parts.walFile, 'r')
    this.#nextAt = parts.softBytes
    this.#thread = startThread(parts.file)
  }

  /** Told of every COMMIT; looks at the length of the WAL, which takes a microsecond. */
  afterCommit(): void {
    const bytes = this.#bytes()
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
    await this.#ask('passive')
    await this.#hold()
    this.#parts.scans.pause()
    try {
      const isDone = await this.#truncate()
      this.#nextAt = isDone
        ? softBytes
        : this.#bytes() + (this.#bytes() < hardBytes ? RETRY_BYTES : softBytes)
    } finally {
      this.#holding = undefined
      this.#parts.scans.resume()
      this.#parts.writes.release()
    }
  }

  /** Below the hard limit a scan in the way is worth another try later; above it the scan has to go. */
  async #truncate(): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (await this.#ask('truncate')) return true
      if (this.#bytes() < this.#parts.hardBytes) return false
      this.#parts.scans.stopRunning()
    }
    return false
  }

  #hold(): Promise<void> {
    this.#holding ??= this.#parts.writes.hold()
    return this.#holding
  }

  #bytes(): number {
    return fstatSync(this.#wal).size
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
