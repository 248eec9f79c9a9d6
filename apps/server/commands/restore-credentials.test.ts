import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { countingIds } from '@orrery/base/kernel'
import { makeAccess, makeCredentials, makeMeter, makePasswordHasher } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { DATABASE_FILE, openSqlite } from '@orrery/drivers/db/sqlite'
import pino from 'pino'
import { compose } from '../compose.ts'
import { readSettings } from '../settings.ts'
import { makeBackup } from './make-backup.ts'
import { restoreBackup } from './restore-backup.ts'

const PASSWORD = 'correct horse battery'

let root: string
let backup: string
let token: string
let session: string
const at = (name: string) => join(root, name)
const settingsOf = (home: string) => readSettings(['--port', '0', '--home', home], {})

/** The verbs of credentials over the database of a home that no server holds. */
async function openHome(folder: string) {
  const db = await openSqlite({ folder })
  const clock = () => 1_700_000_000_000
  const ids = countingIds()
  const emit = makeEmit({ clock, ids })
  const verbs = makeCredentials({
    ...{ db, clock, ids, emit, meter: makeMeter({ db, emit }), hasher: makePasswordHasher({ logN: 4 }) },
    ...makeAccess({ db, clock }),
    running: async () => [],
  })
  return { ...verbs, [Symbol.asyncDispose]: () => db.close() }
}

const asking = { workspace: undefined, requestId: 'r', address: '', reason: undefined }
const basic = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`

/** Who is let in by what stood in the backup. */
async function lets(home: string): Promise<string[]> {
  await using verbs = await openHome(home)
  const ways = {
    token: { authorization: `Bearer ${token}` },
    session: { session },
    password: { authorization: basic },
  }
  const letIn: string[] = []
  for (const [way, presented] of Object.entries(ways)) {
    try {
      const all = { authorization: undefined, session: undefined, ...presented }
      await verbs.authentication.findCaller({ ...asking, ...all }, 'members')
      letIn.push(way)
    } catch {}
  }
  return letIn
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'orrery-restore-'))
  backup = at('backup')
  const { close } = await compose(settingsOf(at('home')), pino({ level: 'silent' }))
  await close()
  {
    await using verbs = await openHome(at('home'))
    const link = (await verbs.setup.begin())!
    const input = { link, name: 'ada', password: PASSWORD, browser: '' }
    session = (await verbs.setup.complete({ requestId: 'r', address: '' }, input)).secret
    const ada = await verbs.authentication.findCaller(
      { ...asking, authorization: undefined, session },
      'members',
    )
    token = (await verbs.tokens.create(ada, { kind: 'personal', name: 'x' })).token
  }
  await makeBackup(settingsOf(at('home')), backup)
})
after(() => rm(root, { recursive: true }))

/** What addresses are signed with, and what the secrets of subscriptions are sealed with. */
function signingKeys(folder: string) {
  const database = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true })
  const keys = database.prepare('select purpose, key_hex from signing_keys order by purpose').all()
  database.close()
  return keys
}

test('addresses that the key in a backup signs are worth nothing after a restore; sealed secrets are still read', async () => {
  await restoreBackup(settingsOf(at('signed')), backup)
  const [, sealing] = signingKeys(backup)
  assert.equal(sealing?.purpose, 'sealed texts')
  assert.deepEqual(signingKeys(at('signed')), [sealing])
  await restoreBackup(settingsOf(at('signed as before')), backup, { keepCredentials: true })
  assert.deepEqual(signingKeys(at('signed as before')), signingKeys(backup))
  assert.equal(signingKeys(backup).length, 2)
})

test('after a restore passwords let in, and no session or token from before', async () => {
  await restoreBackup(settingsOf(at('restored')), backup)
  assert.deepEqual(await lets(at('restored')), ['password'])
})

test('whoever says so keeps them', async () => {
  await restoreBackup(settingsOf(at('kept')), backup, { keepCredentials: true })
  assert.deepEqual(await lets(at('kept')), ['token', 'session', 'password'])
})

test('a backup holds no secret: of tokens and sessions their SHA-256, of passwords a slow hash', () => {
  const database = new DatabaseSync(join(backup, DATABASE_FILE), { readOnly: true })
  const names = database.prepare("select name from sqlite_schema where type = 'table'").all()
  const all = names
    .map(({ name }) => JSON.stringify(database.prepare(`select * from "${name}"`).all()))
    .join()
  database.close()
  assert.match(all, /scrypt\$4\$/)
  for (const secret of [token, token.slice(15), session, PASSWORD]) assert.equal(all.includes(secret), false)
})
