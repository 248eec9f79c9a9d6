import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pg from 'pg'
import { hearWords } from '../suite/signals.suite.ts'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '../testing/index.ts'
import { openPostgres } from './store.ts'

/** Two servers on one schema, both listening. */
async function twoServers() {
  const { url, drop } = await makeTestSchema()
  const [here, there] = [await openPostgres({ url }), await openPostgres({ url })]
  const heard = hearWords(there, 'log')
  // It hears '' when its connection listens.
  await heard.until('')
  return {
    url,
    here,
    there,
    heard,
    async [Symbol.asyncDispose]() {
      await Promise.all([here.close(), there.close()])
      await drop()
    },
  }
}

function postgresTests(): void {
  test('another server hears what is told, each word once', async () => {
    await using place = await twoServers()
    const words = Array.from({ length: 300 }, (_, at) => `${at} ${'ü'.repeat(100)}`)
    for (const word of words) place.here.signals.tell('log', word)
    await Promise.all(words.map((word) => place.heard.until(word)))
    assert.deepEqual(
      place.heard.heard.filter((word) => word !== ''),
      words,
    )
  })

  test('a server hears its own words once', async () => {
    await using place = await twoServers()
    const own = hearWords(place.here, 'log')
    await own.until('')
    place.here.signals.tell('log', 'mine')
    await place.heard.until('mine')
    await own.until('mine')
    assert.equal(own.heard.filter((word) => word === 'mine').length, 1)
  })

  test('a connection that broke comes back, and tells so', async () => {
    await using place = await twoServers()
    const admin = new pg.Client({ connectionString: place.url })
    await admin.connect()
    const before = place.heard.heard.length
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'orrery signals'
       and query like 'listen%'`,
    )
    await admin.end()
    while (place.heard.heard.length === before) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(place.heard.heard[before], '')
    place.here.signals.tell('log', 'again')
    await place.heard.until('again')
  })

  test('a workspace in another schema hears nothing', async () => {
    await using place = await twoServers()
    await using other = await twoServers()
    place.here.signals.tell('log', 'private')
    other.here.signals.tell('log', 'public')
    await Promise.all([place.heard.until('private'), other.heard.until('public')])
    assert.ok(!other.heard.heard.includes('private'))
  })

  test('what is no message of ours is passed by', async () => {
    await using place = await twoServers()
    const admin = new pg.Client({ connectionString: place.url })
    await admin.connect()
    for (const payload of ['', 'x', '[1]', '{"from":"x"}', '{"from":"x","words":[1,"sound"]}']) {
      await admin.query(`select pg_notify('orrery_log_' || left(md5(current_schema()), 12), $1)`, [payload])
    }
    await admin.end()
    await place.heard.until('sound')
    assert.ok(place.heard.heard.every((word) => word === '' || word === 'sound'))
  })
}

if (chosenEngines().includes('postgres')) {
  stopPostgresAfterTests()
  describe('signals on postgres', postgresTests)
}
