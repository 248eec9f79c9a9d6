import type pg from 'pg'
import type { Reads, ScanOptions } from '../database.ts'
import { withDeadline } from '../deadline.ts'
import { toProblem } from './faults.ts'
import { PostgresReads } from './reads.ts'

/** Questions of one scan share a snapshot; a pool of their own keeps them from taking the writers' connections. */
export class Scans {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  scan<T>(question: (reads: Reads) => Promise<T>, options: ScanOptions): Promise<T> {
    return withDeadline(options, (stop, deadlineMs) => this.#inSnapshot(question, stop, deadlineMs))
  }

  close(): Promise<void> {
    return this.#pool.end()
  }

  async #inSnapshot<T>(
    question: (reads: Reads) => Promise<T>,
    stop: AbortSignal,
    deadlineMs: number,
  ): Promise<T> {
    const client = await this.#pool.connect().catch((error) => {
      throw toProblem(error)
    })
    const cancel = () => void this.#cancel(client)
    let broken = true
    try {
      stop.throwIfAborted()
      stop.addEventListener('abort', cancel, { once: true })
      // The timeout is for the case that this process dies: PostgreSQL then stops by itself.
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
