import type pg from 'pg'
import type { Reads, ScanOptions } from '../database.ts'
import { tooSlow } from '../problems.ts'
import { toProblem } from './faults.ts'
import { PostgresReads } from './reads.ts'

const DEFAULT_DEADLINE_MS = 30_000

/** Questions of one scan share a snapshot; a pool of their own keeps them from taking the writers' connections. */
export class Scans {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async scan<T>(question: (reads: Reads) => Promise<T>, options: ScanOptions): Promise<T> {
    const { deadlineMs = DEFAULT_DEADLINE_MS, signal } = options
    signal?.throwIfAborted()
    const stop = new AbortController()
    const deadline = setTimeout(() => stop.abort(tooSlow(deadlineMs)), deadlineMs)
    const abort = () => stop.abort(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await this.#ask(question, deadlineMs, stop.signal)
    } finally {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', abort)
    }
  }

  close(): Promise<void> {
    return this.#pool.end()
  }

  /** Answers as soon as `stop` says so; the connection follows when PostgreSQL has let go of the question. */
  async #ask<T>(question: (reads: Reads) => Promise<T>, deadlineMs: number, stop: AbortSignal): Promise<T> {
    const stopped = new Promise<never>((_, reject) => {
      stop.addEventListener('abort', () => reject(stop.reason), { once: true })
    })
    const asked = this.#inSnapshot(question, deadlineMs, stop)
    asked.catch(() => {})
    stopped.catch(() => {})
    return Promise.race([asked, stopped])
  }

  async #inSnapshot<T>(
    question: (reads: Reads) => Promise<T>,
    deadlineMs: number,
    stop: AbortSignal,
  ): Promise<T> {
    const client = await this.#pool.connect().catch((error) => {
      throw toProblem(error)
    })
    const cancel = () => void this.#cancel(client)
    let broken = true
    try {
      stop.throwIfAborted()
      stop.addEventListener('abort', cancel, { once: true })
      const begin = `begin isolation level repeatable read read only; set local statement_timeout = ${Math.ceil(deadlineMs)}`
      const begun = client.query(begin)
      const reads = new PostgresReads(async (query) => {
        stop.throwIfAborted()
        return client.query(query)
      })
      const [value] = await Promise.all([question(reads), begun])
      await client.query('commit')
      broken = false
      return value
    } catch (error) {
      throw stop.aborted ? stop.reason : toProblem(error)
    } finally {
      stop.removeEventListener('abort', cancel)
      // After an error the connection may still be busy or in a transaction: a new one costs a few ms.
      client.release(broken)
    }
  }

  /** From another connection, because this one is busy: PostgreSQL stops the statement within a few ms. */
  async #cancel(client: pg.PoolClient): Promise<void> {
    const { processID } = client as unknown as { processID: number }
    await this.#pool.query('select pg_cancel_backend($1)', [processID]).catch(() => {})
  }
}
