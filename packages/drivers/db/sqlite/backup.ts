import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, type DatabaseSync } from 'node:sqlite'
import { syncPath } from './sync.ts'
import { Thread } from './thread.ts'

/** 1 MiB a step: the writer waits at most for one step of it. */
const PAGES_PER_STEP = 256
/** Between two steps of a stranger's copy the writer would write, and the copy begin again; so it takes one. */
const ALL_PAGES = 2 ** 31 - 1

/**
 * Copies the database while its own process writes to it. The copy runs on the writer's own connection: then SQLite carries
 * later writes over into the pages already copied, where another connection would have to start again.
 *
 * @param toFile stands there complete, checked and synced once this resolves, or not at all
 */
export function backupSqlite(writer: DatabaseSync, toFile: string): Promise<void> {
  return copyTo(writer, toFile, PAGES_PER_STEP)
}

/**
 * As `backupSqlite`, while another process may be writing: from one snapshot. The WAL cannot start again from its
 * beginning meanwhile, so it grows by what is written.
 */
export function backupBeside(reader: DatabaseSync, toFile: string): Promise<void> {
  return copyTo(reader, toFile, ALL_PAGES)
}

async function copyTo(source: DatabaseSync, toFile: string, rate: number): Promise<void> {
  if (existsSync(toFile)) throw new Error(`${toFile} exists already; a backup replaces nothing.`)
  const partial = `${toFile}.partial`
  rmSync(partial, { force: true })
  const checker = new Thread<string, string>(new URL('./check-thread.ts', import.meta.url), {})
  try {
    await backup(source, partial, { rate })
    const verdict = await checker.ask(partial)
    if (verdict !== 'ok') throw new Error(`The copy of the database is damaged: ${verdict}`)
    renameSync(partial, toFile)
    syncPath(dirname(toFile))
  } finally {
    await checker.close()
    rmSync(partial, { force: true })
  }
}
