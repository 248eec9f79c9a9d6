import { randomBytes } from 'node:crypto'
import { startTestPostgres } from '@orrery/drivers/db/testing'
import pg from 'pg'

/** A fresh, empty PostgreSQL database; disposing of it removes every trace. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string
  /** Runs SQL as the owner of the whole server, in a session of its own. */
  ask(sql: string): Promise<pg.QueryResult>
}

/** In the server of `ORRERY_TEST_POSTGRES_URL`, or in one of its own. */
export async function freshPostgres(): Promise<FreshDatabase> {
  const shared = process.env.ORRERY_TEST_POSTGRES_URL
  const own = shared === undefined ? await startTestPostgres() : undefined
  const serverUrl = shared ?? own!.url
  const name = `orrery_faults_${randomBytes(4).toString('hex')}`
  await askAt(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    ask: (sql) => askAt(url.href, sql),
    async [Symbol.asyncDispose]() {
      await askAt(serverUrl, `drop database ${name} with (force)`)
      await own?.stop()
    },
  }
}

async function askAt(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The engines of `ORRERY_TEST_ENGINES`; both unless set. */
export function isChosen(engine: 'sqlite' | 'postgres'): boolean {
  return (process.env.ORRERY_TEST_ENGINES ?? 'sqlite,postgres').split(',').includes(engine)
}
