import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteCode } from './faults.ts'

const BUSY = 5
const FULL = 13

/**
 * Keeps a home to one process, for as long as that process lives: the lock is SQLite's own lock on a little
 * database, so the operating system drops it when the process dies, however it dies.
 *
 * @param folder the home; must exist
 * @returns how to let go
 * Throws one sentence that names the holder.
 */
export function lockHome(folder: string): () => void {
  const lock = openLock(folder)
  try {
    lock.exec('PRAGMA synchronous = OFF; BEGIN IMMEDIATE')
    signIn(lock)
  } catch (error) {
    const isTaken = sqliteCode(error) === BUSY
    const sentence = isTaken ? inUse(folder, holder(lock)) : cannotLock(folder, error as Error)
    lock.close()
    throw new Error(sentence, { cause: error })
  }
  return () => lock.close()
}

/** RESERVED, not EXCLUSIVE: whoever comes second may read who holds it. On a full disk the lock stays unsigned. */
function signIn(lock: DatabaseSync): void {
  try {
    lock.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL); DELETE FROM holder')
    lock.prepare('INSERT INTO holder VALUES (?)').run(process.pid)
    lock.exec('COMMIT')
  } catch (error) {
    if (sqliteCode(error) !== FULL) throw error
    if (lock.isTransaction) lock.exec('ROLLBACK')
  }
  lock.exec('BEGIN IMMEDIATE')
}

function openLock(folder: string): DatabaseSync {
  try {
    return new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  } catch (error) {
    throw new Error(cannotLock(folder, error as Error), { cause: error })
  }
}

function holder(lock: DatabaseSync): number | undefined {
  try {
    return lock.prepare('SELECT pid FROM holder').get()?.pid as number | undefined
  } catch {
    return undefined
  }
}

function inUse(folder: string, pid: number | undefined): string {
  const who = pid === undefined ? 'another Orrery process' : `another Orrery process (${pid})`
  return `${folder} is in use by ${who}. Stop it first, or choose another home.`
}

function cannotLock(folder: string, error: Error): string {
  return `${folder} cannot be written: ${error.message}. Check who owns the folder, or choose another home.`
}
