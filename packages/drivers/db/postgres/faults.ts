import { invalid, Problem } from '@orrery/base/kernel'
import { diskFull, unavailable } from '../problems.ts'

/** SQLSTATE of an error of PostgreSQL, or Node's code of a broken connection. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

const LOST_A_RACE = [
  '40001', // serialization_failure
  '40P01', // deadlock_detected
]

const RETRYABLE = new Set([
  ...LOST_A_RACE,
  '23505', // unique_violation: another server took the name between our look and our write; the next look sees it
])

/** The transaction did nothing wrong and nothing of it was kept: the same again may succeed. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error) ?? '')
}

const UNAVAILABLE = new Set([
  ...LOST_A_RACE,
  '25006', // read_only_sql_transaction: a standby after a failover
  '55P03', // lock_not_available
  '57014', // query_canceled: statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '53000', // insufficient_resources
  '53200', // out_of_memory
  '53300', // too_many_connections
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** pg gives these no code. */
const BROKEN = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/

/** Errors of the system and of TLS. Any other `ERR_…` is Node telling of a mistake in the code that called it. */
const BROKEN_CODE = /^(08|57P|ERR_SSL_|E(?!RR_)[A-Z_]+$)/

/** The connection is of no use any more, and what it was asked may or may not have happened. */
export function isBroken(error: unknown): boolean {
  const code = codeOf(error)
  if (code === undefined) return error instanceof Error && BROKEN.test(error.message)
  return BROKEN_CODE.test(code)
}

const WRONG_VALUE = new Set([
  '22003', // numeric_value_out_of_range
  '22021', // character_not_in_repertoire: NUL, or broken UTF-8
  '22P02', // invalid_text_representation
  '22P05', // untranslatable_character
])

/** What a caller sees of an error of the engine. Errors of verbs pass through untouched. */
export function toProblem(error: unknown): unknown {
  if (error instanceof Problem) return error
  const code = codeOf(error)
  if (code === '53100') return diskFull(error)
  if (isBroken(error) || UNAVAILABLE.has(code ?? '')) return unavailable(error)
  if (WRONG_VALUE.has(code ?? ''))
    return invalid(`The database refuses a value: ${(error as Error).message}.`)
  return error
}
