import pg from 'pg'
import { exactInteger } from '../values.ts'

export interface PoolOptions {
  readonly url: string
  readonly size: number
  /** Refuses writing, as SQLite's read connections do. */
  readonly readOnly: boolean
  /** @default 30_000 */
  readonly statementTimeoutMs: number
  /** @default 10_000 */
  readonly lockTimeoutMs: number
  /** @default 5_000 */
  readonly connectTimeoutMs: number
}

const OID = { bool: 16, int8: 20, numeric: 1700 } as const

/** What SQLite would answer: integers and sums as numbers, truth as 1 and 0. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === OID.int8) return exactInteger
    if (oid === OID.numeric) return toNumber
    if (oid === OID.bool) return (text: string) => (text === 't' ? 1 : 0)
    return pg.types.getTypeParser(oid, format)
  },
}

function toNumber(digits: string): number {
  return /^-?\d+$/.test(digits) ? exactInteger(digits) : Number(digits)
}

export function makePool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size,
    application_name: 'orrery',
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // BEGIN and the first statement leave together: one round trip less for every verb.
    pipeline: true,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: 60_000,
    types,
  } as pg.PoolConfig)
  pool.on('connect', (client) => {
    // A connection that breaks between two statements tells it by an event; unheard, it would end the process.
    client.on('error', () => {})
    if (options.readOnly) client.query('set default_transaction_read_only = on').catch(() => {})
  })
  // An idle connection that breaks leaves the pool by itself; whoever needs one next is told if there is none.
  pool.on('error', () => {})
  return pool
}
