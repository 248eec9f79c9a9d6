import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** 'Orry'. A file that carries another number belongs to another program. */
const APPLICATION_ID = 0x4f727279

/** Below it, a WAL that is reset while another connection checkpoints may corrupt the database. */
const OLDEST_SQLITE = [3, 51, 3] as const

export function refuseOldSqlite(version = process.versions.sqlite ?? '0'): void {
  const parts = version.split('.').map(Number)
  for (const [i, least] of OLDEST_SQLITE.entries()) {
    const part = parts[i] ?? 0
    if (part > least) return
    if (part < least) {
      throw new Error(
        `This Node brings SQLite ${version}; Orrery needs ${OLDEST_SQLITE.join('.')} or newer. Start it with ./orrery, which brings its own Node.`,
      )
    }
  }
}

/** Creates the file where it is missing, with what cannot be changed later; refuses files of other programs. */
export function createOrCheck(file: string): void {
  const isNew = !existsSync(file) || statSync(file).size === 0
  const database = new DatabaseSync(file)
  try {
    if (isNew) {
      database.exec(`
        PRAGMA page_size = 4096;
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA application_id = ${APPLICATION_ID};
      `)
    }
    refuseStranger(database, file)
    database.exec('PRAGMA journal_mode = WAL')
  } finally {
    database.close()
  }
}

/** Throws unless the file is a database of this program. */
export function refuseStranger(database: DatabaseSync, file: string): void {
  if (applicationId(database, file) === APPLICATION_ID) return
  throw new Error(`${file} is a SQLite database of another program; choose another home.`)
}

function applicationId(database: DatabaseSync, file: string): unknown {
  try {
    return database.prepare('PRAGMA application_id').get()?.application_id
  } catch (error) {
    throw new Error(
      `${file} cannot be read: ${(error as Error).message}. Restore a backup, or choose another home.`,
      {
        cause: error,
      },
    )
  }
}
