import { invalid } from '@orrery/base/kernel'
import { diskFull, unavailable } from '../problems.ts'

/** Primary result codes of SQLite (sqlite.org/rescode.html); the extended code carries more in its upper bits. */
const SQLITE = { BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, TOOBIG: 18 } as const

export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/**
 * What a caller sees of an error of the engine. Errors of verbs pass through untouched; an unknown error of the
 * engine stays what it is and becomes an INTERNAL_ERROR at the edge.
 * @param hasRoom asked when an I/O error may be a full disk in disguise (the shared memory of the WAL)
 */
export function toProblem(error: unknown, hasRoom: () => boolean): unknown {
  switch (sqliteCode(error)) {
    case SQLITE.FULL:
      return diskFull(error)
    case SQLITE.IOERR:
    case SQLITE.CANTOPEN:
      return hasRoom() ? unavailable(error) : diskFull(error)
    case SQLITE.BUSY:
    case SQLITE.READONLY:
      return unavailable(error)
    case SQLITE.TOOBIG:
      return invalid('A value is larger than the database can hold.')
  }
  if (error instanceof Error && error.message.includes('LIKE or GLOB pattern too complex')) {
    return invalid('The LIKE pattern is too long; allowed are 50,000 bytes.')
  }
  return error
}
