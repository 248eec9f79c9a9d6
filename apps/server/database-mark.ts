import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from './cannot-start.ts'
import type { Settings } from './settings.ts'

/** Stands in a home whose data are in PostgreSQL. */
export const DATABASE_MARK = 'database.json'

interface Mark {
  readonly host: string
  readonly database: string
}

/** Notes in the home where its database is, without user and password. Nothing to do for SQLite. */
export function markDatabase({ home, databaseUrl }: Settings): void {
  if (databaseUrl === undefined) return
  const { host, pathname } = new URL(databaseUrl)
  const mark: Mark = { host, database: pathname.slice(1) }
  const text = `${JSON.stringify(mark, null, 2)}\n`
  const file = join(home, DATABASE_MARK)
  if (textOf(file) === text) return
  try {
    writeFileSync(file, text, { flush: true })
  } catch (error) {
    throw new CannotStart(`${file} cannot be written: ${(error as Error).message}.`, { cause: error })
  }
}

/**
 * Throws `CannotStart` where a home is used without the database that it was used with before: a new one beside its
 * artifacts would look as if everything were gone.
 */
export function refuseWithoutDatabase({ home, databaseUrl }: Settings): void {
  const file = join(home, DATABASE_MARK)
  if (databaseUrl !== undefined || !existsSync(file)) return
  throw new CannotStart(
    `The data of this home are in PostgreSQL${whereOf(file)}, says ${file}: name that database with --database-url, or choose another home with --home.`,
  )
}

/** Whatever is in the file, that it is there says enough. */
function whereOf(file: string): string {
  try {
    const { host, database } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Mark>
    return `, in the database '${database}' at ${host}`
  } catch {
    return ''
  }
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
