import { statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '@orrery/base/kernel'
import { DEFAULT_LIMITS, type Limits } from '../bound.ts'
import type { Capabilities, Database, Reads, ScanOptions, Tx, TxOptions } from '../database.ts'
import { LocalSignals } from '../local-signals.ts'
import type { MigrationModule } from '../migrations.ts'
import type { TableShape } from '../shapes.ts'
import { backupSqlite } from './backup.ts'
import { Checkpoints } from './checkpoints.ts'
import type { Connection } from './connection.ts'
import { lockHome } from './home-lock.ts'
import { LoopConnection } from './loop-connection.ts'
import { dumpSqlite, migrateSqlite } from './migrate.ts'
import { copyBeforeMigration } from './migration-copy.ts'
import { createOrCheck, refuseOldSqlite } from './open.ts'
import { Scans } from './scans.ts'
import { noSync, type Syncer, syncPath, threadSyncer } from './sync.ts'
import { describeSqlite, highestKeysOfSqlite, raiseKeysOfSqlite } from './tables.ts'
import { SqliteReads } from './tx.ts'
import { WritePath } from './write-path.ts'

export interface SqliteOptions {
  /** The home: holds `orrery.db`, its WAL, the lock and the copies made before migrations. Must exist. */
  readonly folder: string
  /**
   * Whether an answer waits until its writes would survive power loss.
   * `false` is for tests and throw-away data: it keeps what survives `kill -9` only.
   * @default true
   */
  readonly sync?: boolean
  /** How much may wait. */
  readonly limits?: Partial<Limits>
  /** How long one group of verbs may hold the loop, in ms. @default 10 */
  readonly turnMs?: number
  /** How many scans run at once, each on its own thread. @default 2 */
  readonly scanThreads?: number
  /** How many more scans may wait; one more is refused with REQUEST_LIMIT_EXCEEDED. @default 1_000 */
  readonly waitingScans?: number
  /** Length of the WAL at which a checkpoint begins; writing waits for it at half as much again. @default 64 MiB */
  readonly checkpointBytes?: number
  /** Stands in the migration ledger. @default systemClock */
  readonly clock?: Clock
  /** Called when durability can no longer be promised. @default logs and ends the process with code 70 */
  readonly onFatal?: (error: Error) => void
  /**
   * Called where the last process that had the home did not close it: SQLite brings back what its log holds, and nothing
   * acknowledged is missing.
   */
  readonly onUncleanStart?: (walBytes: number) => void
  /** Replaces the sync, for fault tests. */
  readonly syncer?: (walFile: string) => Syncer
}

export const DATABASE_FILE = 'orrery.db'

const WRITER_CACHE_KIB = 32_768
const READER_CACHE_KIB = 8_192

/** Nobody else writes, so a lock is a stranger's (a backup tool, a shell): the loop does not stand still for it. */
const LOOP_TIMEOUT_MS = 20

/** Less than this left on the disk and an I/O error counts as a full disk. */
const NO_ROOM_BYTES = 1_048_576

/** Opens the home's database, creating it where it is missing. Rejects with one sentence where it cannot. */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  refuseOldSqlite()
  const unlock = lockHome(options.folder)
  try {
    const file = join(options.folder, DATABASE_FILE)
    const walBytes = sizeOf(`${file}-wal`)
    createOrCheck(file)
    if (walBytes > 0) options.onUncleanStart?.(walBytes)
    return new SqliteDatabase(file, options, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0

class SqliteDatabase implements Database {
  readonly can: Capabilities = { soleWriter: true, backup: true }
  readonly read: Reads
  readonly signals = new LocalSignals()
  #closing: Promise<void> | undefined
  readonly #options: SqliteOptions
  readonly #writer: LoopConnection
  readonly #reader: LoopConnection
  readonly #syncer: Syncer
  readonly #path: WritePath
  readonly #scans: Scans
  readonly #checkpoints: Checkpoints
  readonly #unlock: () => void

  constructor(file: string, options: SqliteOptions, unlock: () => void) {
    this.#options = options
    this.#unlock = unlock
    this.#writer = new LoopConnection(file, {
      readOnly: false,
      cacheKib: WRITER_CACHE_KIB,
      timeoutMs: LOOP_TIMEOUT_MS,
    })
    const walFile = `${file}-wal`
    makeWal(this.#writer, walFile, options.folder)
    this.#reader = new LoopConnection(file, {
      readOnly: true,
      cacheKib: READER_CACHE_KIB,
      timeoutMs: LOOP_TIMEOUT_MS,
    })
    this.read = new SqliteReads(this.#reader)
    this.#syncer = options.syncer?.(walFile) ?? (options.sync === false ? noSync : threadSyncer(walFile))
    this.#path = new WritePath({
      connection: this.#writer,
      syncer: this.#syncer,
      limits: {
        ...DEFAULT_LIMITS,
        ...options.limits,
        turnMs: options.turnMs ?? 10,
      },
      hasRoom: () => hasRoom(options.folder),
      onFatal: options.onFatal ?? endProcess,
      onCommit: () => this.#checkpoints.afterCommit(),
    })
    this.#scans = new Scans({
      file,
      threads: options.scanThreads ?? 2,
      waiting: options.waitingScans ?? 1_000,
      cacheKib: READER_CACHE_KIB,
      hasRoom: () => hasRoom(options.folder),
    })
    this.#checkpoints = new Checkpoints({
      file,
      walFile,
      connection: this.#writer,
      softBytes: options.checkpointBytes ?? 64 * 2 ** 20,
      hardBytes: (options.checkpointBytes ?? 64 * 2 ** 20) * 1.5,
      writes: this.#path,
      scans: this.#scans,
    })
  }

  get unanswered(): number {
    return this.#path.unanswered
  }

  inTx<T>(verb: (tx: Tx) => Promise<T>, { bytes = 1024 }: TxOptions = {}): Promise<T> {
    return this.#path.add(verb, bytes)
  }

  scan<T>(question: (reads: Reads) => Promise<T>, options: ScanOptions = {}): Promise<T> {
    return this.#scans.scan(question, options)
  }

  migrate(modules: readonly MigrationModule[]): Promise<void> {
    const { folder, clock = systemClock } = this.#options
    const copyAside = () => copyBeforeMigration(join(folder, DATABASE_FILE), folder, clock)
    return migrateSqlite(this.#writer, modules, clock, copyAside)
  }

  async dumpSchema(): Promise<string> {
    return dumpSqlite(this.#reader)
  }

  describeTables(): Promise<readonly TableShape[]> {
    return describeSqlite(this.read)
  }

  highestKeys(): Promise<ReadonlyMap<string, number>> {
    return highestKeysOfSqlite(this.read)
  }

  raiseKeys(highest: ReadonlyMap<string, number>): Promise<void> {
    return raiseKeysOfSqlite(this, highest)
  }

  async backup(toFile: string): Promise<void> {
    await this.#checkpoints.suspend()
    try {
      await backupSqlite(join(this.#options.folder, DATABASE_FILE), toFile)
    } finally {
      this.#checkpoints.resume()
    }
  }

  async ping(): Promise<void> {
    this.#reader.prepare('select 1').first([])
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #finish(): Promise<void> {
    await this.#path.close()
    await this.#scans.close()
    await this.#checkpoints.close()
    await this.#syncer.close()
    this.#reader.close()
    this.#writer.close()
    this.#unlock()
  }
}

/**
 * The WAL exists from here to the close, and so does its entry in the folder: later syncs cover contents only. What
 * a killed process left in it without a sync is made durable before anybody can read it.
 */
function makeWal({ database }: Connection, walFile: string, folder: string): void {
  database.exec('begin immediate; rollback')
  syncPath(walFile)
  syncPath(folder)
}

function hasRoom(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize > NO_ROOM_BYTES
}

function endProcess(error: Error): void {
  console.error(
    `The database can no longer promise that writes are on disk, so Orrery ends: ${error.message}`,
  )
  process.exit(70)
}
