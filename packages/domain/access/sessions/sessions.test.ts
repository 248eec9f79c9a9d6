import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { hashSecret } from '../authentication/secret.ts'
import { accessMigrations } from '../index.ts'
import { openCredentials, PASSWORD } from '../testing/open-credentials.ts'

const HOUR = 3_600_000
const ASKING = { requestId: 'r', address: '10.0.0.1' }
const WRONG = { code: 'UNAUTHENTICATED', message: 'The name or the password is wrong.' }

eachEngine('sessions', [eventsMigrations, accessMigrations], (open) => {
  test('a name and its password begin a session; the database has the hash of its secret', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    const input = { name: 'ALICE', password: PASSWORD, browser: 'x'.repeat(300) }
    const { secret, endsAt } = await bed.sessions.signIn(ASKING, input)
    assert.match(secret, /^[\w-]{43}$/)
    assert.equal(endsAt, bed.now() + 7 * 24 * HOUR)
    const [row] = await bed.rows('sessions')
    assert.equal(row!.hash, hashSecret(secret))
    assert.equal(JSON.stringify([await bed.rows('sessions'), await bed.events()]).includes(secret), false)
    assert.deepEqual(await bed.events(), [
      {
        type: 'session.begun',
        subject: `sessions/${row!.session_id}`,
        before: undefined,
        after: { method: 'password' },
        actor: 'user:alice',
      },
    ])
    const again = await bed.sessions.signIn(ASKING, input)
    assert.notEqual(again.secret, secret)
    const credential = { kind: 'session', key: Number(row!.session_key) } as const
    const listed = await bed.sessions.list(await bed.callerOf('alice', { credential }))
    assert.deepEqual(
      listed.map(({ isThis, method, address, browser }) => ({ isThis, method, address, browser })),
      [false, true].map((isThis) => ({
        isThis,
        method: 'password',
        address: '10.0.0.1',
        browser: 'x'.repeat(200),
      })),
    )
  })

  test('one sentence for an unknown name, a wrong password, a disabled account and one without password', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    await bed.account('without')
    await bed.account('ci', { kind: 'service', home: bed.here })
    const disabled = await bed.account('disabled', { password: PASSWORD })
    await bed.alter(disabled, { disabled_at: 1 })
    const signIn = (name: string, password = PASSWORD) =>
      bed.sessions.signIn(ASKING, { name, password, browser: '' })
    await assert.rejects(signIn('alice', `${PASSWORD}!`), WRONG)
    for (const name of ['nobody', 'without', 'ci', 'disabled', '', 'x'.repeat(5000), '\ud83d']) {
      await assert.rejects(signIn(name), WRONG)
    }
    assert.deepEqual(await bed.rows('sessions'), [])
    assert.deepEqual(await bed.events(), [])
  })

  test('whoever guesses is slowed down, from that address only, and told of once', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    const signIn = (password: string, address = '10.0.0.1') =>
      bed.sessions.signIn({ requestId: 'r', address }, { name: 'alice', password, browser: '' })
    for (let i = 0; i < 10; i++) await assert.rejects(signIn(`guess number ${i}`), WRONG)
    for (const password of ['another guess', PASSWORD]) {
      await assert.rejects(signIn(password), { code: 'REQUEST_LIMIT_EXCEEDED', retryAfterSeconds: 60 })
    }
    await signIn(PASSWORD, '10.0.0.2')
    assert.deepEqual(
      (await bed.events()).map(({ type, after }) => ({ type, after })),
      [
        { type: 'sign-in.blocked', after: { name: 'alice', failures: 10 } },
        { type: 'session.begun', after: { method: 'password' } },
      ],
    )
    bed.later(60_000)
    await signIn(PASSWORD)
  })

  test('a session that began while the password was changed does not come to be', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    const { key } = (await bed.callerOf('alice')).principal
    const signingIn = bed.sessions.signIn(ASKING, { name: 'alice', password: PASSWORD, browser: '' })
    const disabling = bed.alter(key!, { disabled_at: 1 })
    const [came] = await Promise.allSettled([signingIn, disabling])
    assert.equal(came.status, 'rejected')
    assert.deepEqual(await bed.rows('sessions'), [])
  })

  test('one ends one’s own, and nobody another’s', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    await bed.account('bob')
    for (let i = 0; i < 2; i++) {
      await bed.sessions.signIn(ASKING, { name: 'alice', password: PASSWORD, browser: '' })
    }
    const [this_, other] = await bed.rows('sessions')
    const credential = { kind: 'session', key: Number(this_!.session_key) } as const
    const alice = await bed.callerOf('alice', { credential })
    const ids = [String(this_!.session_id), String(other!.session_id)] as const
    await assert.rejects(bed.sessions.end(await bed.callerOf('bob'), { id: ids[0] }), {
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Session with id=${ids[0]} not found`,
    })
    await bed.sessions.end(alice, { id: ids[1] })
    await bed.sessions.end(alice, { id: ids[0] })
    assert.deepEqual(
      (await bed.events()).slice(2).map(({ type, after }) => [type, after]),
      [
        ['session.ended', { because: 'revoked' }],
        ['session.ended', { because: 'signed-out' }],
      ],
    )
    assert.deepEqual(await bed.sessions.list(alice), [])
  })

  test('signing out everywhere ends every session and token of the account, and nobody else’s', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const key = await bed.account('alice', { password: PASSWORD })
    await bed.account('bob', { password: PASSWORD })
    await bed.account('ci', { kind: 'service', home: bed.here })
    const alice = await bed.callerOf('alice')
    const there = await bed.callerOf('alice', { workspace: bed.elsewhere })
    for (const name of ['alice', 'alice', 'bob']) {
      await bed.sessions.signIn(ASKING, { name, password: PASSWORD, browser: '' })
    }
    await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    await bed.tokens.create(there, { kind: 'personal', name: 'y' })
    await bed.tokens.createTracking(alice, {})
    await bed.tokens.create(alice, { kind: 'service', name: 'z', serviceAccount: 'ci' })
    const forgotten: unknown[] = []
    bed.changes.onForget((concerned) => void forgotten.push(concerned))
    await bed.sessions.end(alice, { all: true })
    assert.deepEqual(forgotten, [{ principal: key }])
    assert.equal((await bed.rows('sessions')).length, 1)
    assert.deepEqual(
      (await bed.rows('tokens')).map(({ kind }) => kind),
      ['service'],
    )
    assert.deepEqual([bed.countedIn(bed.here), bed.countedIn(bed.elsewhere)], [1, 0])
  })

  test('a session is listed until it ends, or nobody has come for eight hours', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    const alice = await bed.callerOf('alice')
    await bed.sessions.signIn(ASKING, { name: 'alice', password: PASSWORD, browser: '' })
    bed.later(8 * HOUR - 1)
    assert.equal((await bed.sessions.list(alice)).length, 1)
    bed.later(1)
    assert.equal((await bed.sessions.list(alice)).length, 0)
  })
})
