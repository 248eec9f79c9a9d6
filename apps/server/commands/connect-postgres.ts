import type { Database } from '@orrery/drivers/db'
import { CannotStart } from '../cannot-start.ts'

/** Throws `CannotStart` with the name of the database and the reason where it does not let this user in. */
export async function connectPostgres(url: string): Promise<Database> {
  const { openPostgres } = await import('@orrery/drivers/db/postgres')
  const db = await openPostgres({ url })
  try {
    await db.ping()
    return db
  } catch (error) {
    await db.close()
    const { host, pathname } = new URL(url)
    const { message, cause } = error as Error
    const reason = cause instanceof Error ? reasonOf(cause) : message
    throw new CannotStart(
      `The database ${pathname.slice(1)} at ${host} (--database-url) cannot be used: ${reason}.`,
      { cause: error },
    )
  }
}

/** What a failed connection says of itself; Node gathers several attempts in one error without a message. */
function reasonOf(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors[0] : undefined
  return inner instanceof Error ? inner.message : error.message
}
