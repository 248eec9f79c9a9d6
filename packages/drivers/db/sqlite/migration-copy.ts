import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@orrery/base/kernel'
import { backupSqlite } from './backup.ts'

export const BEFORE_MIGRATION = 'before-migration'

/**
 * Copies the database aside before its schema changes: the way back from an upgrade. The copy stays until the next
 * upgrade has succeeded.
 * @returns to be called after success; drops the older copies
 */
export async function copyBeforeMigration(file: string, folder: string, clock: Clock): Promise<() => void> {
  const copies = join(folder, BEFORE_MIGRATION)
  mkdirSync(copies, { recursive: true })
  const older = readdirSync(copies)
  const time = new Date(clock()).toISOString().replaceAll(/[-:]/g, '').replace('.', '')
  await backupSqlite(file, join(copies, `orrery-${time}.db`))
  return () => {
    for (const name of older) rmSync(join(copies, name), { force: true })
  }
}
