import type { Database } from '../database.ts'

/** The same database, which also cleans up when it is closed. */
export function afterClose(database: Database, cleanUp: () => Promise<void>): Database {
  const close = database.close.bind(database)
  let closing: Promise<void> | undefined
  return Object.assign(database, {
    close() {
      closing ??= close().then(cleanUp)
      return closing
    },
  })
}
