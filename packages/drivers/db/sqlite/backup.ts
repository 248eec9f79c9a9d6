import { existsSync, rmSync } from 'node:fs'
import { Thread } from './thread.ts'

/**
 * Copies the database while it is written to, on a thread and a connection of its own. The copy is one snapshot, and
 * as long as it is read the WAL cannot be emptied: it grows by what is written meanwhile.
 *
 * node:sqlite can also copy piece by piece on the writer's own connection, which would not hold the WAL; under
 * load that fails with "not an error", because the pieces meet open transactions.
 *
 * @param toFile stands there complete, checked and synced once this resolves, or not at all
 */
export async function backupSqlite(file: string, toFile: string): Promise<void> {
  if (existsSync(toFile)) throw new Error(`${toFile} exists already; a backup replaces nothing.`)
  const partial = `${toFile}.partial`
  rmSync(partial, { force: true })
  const thread = new Thread<{ partial: string; toFile: string }, void>(
    new URL('./backup-thread.ts', import.meta.url),
    { file },
  )
  try {
    await thread.ask({ partial, toFile })
  } finally {
    await thread.close()
    rmSync(partial, { force: true })
  }
}
