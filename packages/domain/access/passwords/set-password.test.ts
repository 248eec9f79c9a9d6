import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { accessMigrations } from '../index.ts'
import { HASHER, openCredentials, PASSWORD } from '../testing/open-credentials.ts'

const NEW = 'another battery staple'
const ASKING = { requestId: 'r', address: '10.0.0.1' }
const invalid = (message: string) => ({ code: 'INVALID_PARAMETER_VALUE', message })

eachEngine('passwords', [eventsMigrations, accessMigrations], (open) => {
  test('one changes one’s own with the present one; other sessions end, and nothing of it is told', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const key = await bed.account('alice', { password: PASSWORD })
    for (let i = 0; i < 3; i++) {
      await bed.sessions.signIn(ASKING, { name: 'alice', password: PASSWORD, browser: '' })
    }
    const [, mine] = await bed.rows('sessions')
    const credential = { kind: 'session', key: Number(mine!.session_key) } as const
    const alice = await bed.callerOf('alice', { may: [], credential })
    await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const forgotten: unknown[] = []
    bed.changes.onForget((concerned) => void forgotten.push(concerned))
    await bed.passwords.set(alice, { name: 'Alice', password: NEW, current: PASSWORD })
    assert.deepEqual(forgotten, [{ principal: key }])
    assert.deepEqual(
      (await bed.rows('sessions')).map((row) => row.session_key),
      [mine!.session_key],
    )
    assert.equal((await bed.rows('tokens')).length, 1)
    const [row] = await bed.rows('passwords')
    assert.equal(await HASHER.verify(String(row!.hash), NEW, ''), true)
    assert.deepEqual((await bed.events()).at(-1), {
      type: 'password.changed',
      subject: 'users/alice',
      before: undefined,
      after: undefined,
      actor: 'user:alice',
    })
    const told = JSON.stringify(await bed.events())
    for (const secret of [PASSWORD, NEW, String(row!.hash)]) assert.equal(told.includes(secret), false)
  })

  test('what is refused is refused in MLflow’s words and changes nothing', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    const alice = await bed.callerOf('alice', { may: [] })
    const set = (password: string, current?: string) =>
      bed.passwords.set(alice, { name: 'alice', password, current })
    await assert.rejects(set(NEW), invalid('Current password is required when changing your own password.'))
    await assert.rejects(set(NEW, NEW), invalid('Current password does not match.'))
    await assert.rejects(
      set(PASSWORD, PASSWORD),
      invalid('New password must differ from the current password.'),
    )
    await assert.rejects(set('short', PASSWORD), invalid('Password must be at least 12 characters.'))
    const [row] = await bed.rows('passwords')
    assert.equal(await HASHER.verify(String(row!.hash), PASSWORD, ''), true)
    assert.deepEqual(await bed.events(), [])
  })

  test('guessing the present one is slowed down like signing in', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    const alice = await bed.callerOf('alice')
    const set = (current: string) => bed.passwords.set(alice, { name: 'alice', password: NEW, current })
    for (let i = 0; i < 10; i++) await assert.rejects(set(`guess ${i}`), { code: 'INVALID_PARAMETER_VALUE' })
    await assert.rejects(set(PASSWORD), { code: 'REQUEST_LIMIT_EXCEEDED' })
  })

  test('an administrator sets those of others, also the first one; all their sessions end', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('root')
    await bed.account('alice', { password: PASSWORD })
    await bed.account('bob')
    const root = await bed.callerOf('root', { may: ['server.manage'] })
    await bed.sessions.signIn(ASKING, { name: 'alice', password: PASSWORD, browser: '' })
    await bed.passwords.set(root, { name: 'alice', password: NEW })
    await bed.passwords.set(root, { name: 'bob', password: NEW })
    assert.deepEqual(await bed.rows('sessions'), [])
    for (const name of ['alice', 'bob']) {
      await bed.sessions.signIn(ASKING, { name, password: NEW, browser: '' })
    }
  })

  test('nobody else learns who there is', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    await bed.account('bob')
    const bob = await bed.callerOf('bob', { may: ['workspace.manage'] })
    for (const name of ['alice', 'nobody', 'x'.repeat(5000)]) {
      await assert.rejects(bed.passwords.set(bob, { name, password: NEW, current: PASSWORD }), {
        code: 'PERMISSION_DENIED',
      })
    }
  })

  test('service accounts and groups have none', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('root')
    await bed.account('ci', { kind: 'service', home: bed.here })
    await bed.account('vision', { kind: 'group' })
    const root = await bed.callerOf('root')
    const set = (name: string) => bed.passwords.set(root, { name, password: NEW })
    await assert.rejects(set('ci'), { code: 'INVALID_PARAMETER_VALUE' })
    for (const name of ['vision', 'nobody']) {
      await assert.rejects(set(name), {
        code: 'RESOURCE_DOES_NOT_EXIST',
        message: `User with username=${name} not found`,
      })
    }
    assert.deepEqual(await bed.rows('passwords'), [])
  })
})
