import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { runCommand } from './run-command.ts'
import type { Contender } from './server.ts'

export const ROOT = join(import.meta.dirname, '../..')

/**
 * Our server, as a user starts it.
 *
 * @param folder its home
 * @param databaseUrl a PostgreSQL to use instead of SQLite
 * @param flags more of its settings
 */
export function orrery(folder: string, databaseUrl?: string, flags: readonly string[] = []): Contender {
  mkdirSync(folder, { recursive: true })
  return {
    name: 'Orrery',
    folder,
    async start() {
      const port = await freePort()
      const database = databaseUrl === undefined ? [] : ['--database-url', databaseUrl]
      return runCommand({
        program: join(ROOT, 'orrery'),
        args: ['server', '--port', String(port), '--home', folder, ...database, ...flags],
        url: `http://127.0.0.1:${port}`,
        logFile: join(folder, 'server.log'),
      })
    },
  }
}
