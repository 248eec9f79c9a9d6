/*
 * Prints the URL of a fresh database and keeps it until it is told to end. With ORRERY_TEST_POSTGRES_URL the
 * database is made in that server; otherwise in a PostgreSQL of our own from npm.
 */
import { randomBytes } from 'node:crypto'
import { startTestPostgres } from '@orrery/drivers/db/testing'
import pg from 'pg'

const given = process.env.ORRERY_TEST_POSTGRES_URL
const server = given ? { url: given, stop: async () => {} } : await startTestPostgres()
const name = `orrery_compat_${randomBytes(4).toString('hex')}`
await run(`CREATE DATABASE ${name}`)
const url = new URL(server.url)
url.pathname = `/${name}`
console.log(url.href)

process.once('SIGTERM', async () => {
  await run(`DROP DATABASE ${name} WITH (FORCE)`)
  await server.stop()
  process.exit(0)
})
setInterval(() => {}, 60_000) // keeps the process

async function run(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(sql)
  await client.end()
}
