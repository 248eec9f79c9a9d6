import { after } from 'node:test'
import pg from 'pg'
import type { Database } from '../database.ts'
import type { MigrationModule } from '../migrations.ts'
import { openPostgres } from '../postgres/index.ts'
import { afterClose } from './after-close.ts'
import { startTestPostgres, type TestServer } from './postgres-server.ts'

let server: Promise<TestServer> | undefined
let schemas = 0

/** Registers, while the tests are being declared, that the server of this process goes when they are done. */
export function stopPostgresAfterTests(): void {
  after(async () => (await server)?.stop())
}

/** In a schema of its own, which costs a few ms; a database of its own would cost a hundred. */
export async function openTestPostgres(modules: readonly MigrationModule[]): Promise<Database> {
  const { url, drop } = await makeTestSchema()
  const database = await openPostgres({ url })
  await database.migrate(modules)
  return afterClose(database, drop)
}

/** For tests that open several databases on one schema. */
export async function makeTestSchema(): Promise<{ url: string; drop: () => Promise<void> }> {
  const serverUrl = process.env.ORRERY_TEST_POSTGRES_URL ?? (await startedServer()).url
  const schema = `test_${process.pid}_${++schemas}`
  await ask(serverUrl, `create schema ${schema}`)
  const url = new URL(serverUrl)
  url.searchParams.set('options', `-c search_path=${schema}`)
  return { url: url.href, drop: () => ask(serverUrl, `drop schema ${schema} cascade`) }
}

function startedServer(): Promise<TestServer> {
  server ??= startTestPostgres()
  return server
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
