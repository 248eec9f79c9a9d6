import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { hashSecret } from '../authentication/secret.ts'
import { systemCaller } from '../callers-without-account.ts'
import { accessMigrations } from '../index.ts'
import { LIMITS } from '../limits.ts'
import { basic, openAuthentication } from '../testing/open-authentication.ts'
import { PASSWORD } from '../testing/open-credentials.ts'

const ASKING = { requestId: 'r', address: '10.0.0.1' }
const NEW = 'battery staple correct'
const NOWHERE = { code: 'ENDPOINT_NOT_FOUND' }
const REFUSED = { code: 'UNAUTHENTICATED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

eachEngine('a password that was lost', [eventsMigrations, accessMigrations], (open) => {
  test('is set by a link, once, and ends the sessions', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const host = systemCaller(bed.here)
    const signIn = (password: string) => bed.sessions.signIn(ASKING, { name: 'alice', password, browser: '' })
    const { secret: before } = await signIn(PASSWORD)
    const older = await bed.resets.begin(host, { name: 'ALICE', revoke: false })
    const { link, name } = await bed.resets.begin(host, { name: 'alice', revoke: false })
    assert.equal(name, 'alice')
    assert.deepEqual(
      (await bed.rows('setup_links')).map(({ hash }) => hash),
      [hashSecret(link)],
    )
    assert.equal(await bed.resets.find({ link: older.link }), undefined)
    assert.deepEqual(await bed.resets.find({ link }), { name: 'alice' })
    // It makes no administrator, and a start of the server, which makes such a link anew, leaves it.
    assert.equal(await bed.setup.isOpen({ link }), false)
    await bed.setup.begin()
    for (const password of ['short', '']) {
      await assert.rejects(bed.resets.complete(ASKING, { link, password, browser: '' }), INVALID)
    }
    await bed.find({ session: before })
    const { secret } = await bed.resets.complete(ASKING, { link, password: NEW, browser: 'Firefox' })
    assert.equal((await bed.find({ session: secret })).principal.name, 'alice')
    await assert.rejects(bed.find({ session: before }), REFUSED)
    await assert.rejects(signIn(PASSWORD), REFUSED)
    await bed.find({ authorization: basic('alice', NEW) })
    for (const used of [link, older.link, 'x'.repeat(43), '']) {
      await assert.rejects(bed.resets.complete(ASKING, { link: used, password: NEW, browser: '' }), NOWHERE)
    }
    assert.deepEqual((await bed.events()).map(({ type, actor }) => `${type} ${actor}`).slice(-4), [
      'password.reset-begun system:server',
      'password.reset-begun system:server',
      'password.changed user:alice',
      'session.begun user:alice',
    ])
    assert.equal(JSON.stringify(await bed.events()).includes(link), false)
  })

  test('ends with the hour, with the account and while it is disabled', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const host = systemCaller(bed.here)
    const { link } = await bed.resets.begin(host, { name: 'alice', revoke: false })
    bed.later(LIMITS.setupLinkMs)
    assert.equal(await bed.resets.find({ link }), undefined)
    await assert.rejects(bed.resets.complete(ASKING, { link, password: NEW, browser: '' }), NOWHERE)
    const again = await bed.resets.begin(host, { name: 'alice', revoke: false })
    await bed.alter(bed.keys.alice, { disabled_at: 1 })
    assert.equal(await bed.resets.find(again), undefined)
    await assert.rejects(bed.resets.complete(ASKING, { ...again, password: NEW, browser: '' }), NOWHERE)
    await assert.rejects(bed.resets.begin(host, { name: 'alice', revoke: false }), { code: 'INVALID_STATE' })
    await assert.rejects(bed.resets.begin(host, { name: 'nobody', revoke: false }), ABSENT)
    await assert.rejects(bed.resets.begin(host, { name: 'ci', revoke: false }), INVALID)
    await assert.rejects(bed.resets.set(host, { name: 'ci', password: NEW, revoke: false }), INVALID)
  })

  test('a link does not outlive another new password, nor the account being disabled and enabled again', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const host = systemCaller(bed.here)
    const admin = await bed.callerOf('root')
    const first = await bed.resets.begin(host, { name: 'alice', revoke: false })
    await bed.passwords.set(admin, { name: 'alice', password: NEW })
    assert.equal(await bed.resets.find(first), undefined)
    const second = await bed.resets.begin(host, { name: 'alice', revoke: false })
    for (const disabled of [true, false]) {
      await bed.principals.update(admin, { kind: 'user', name: 'alice', disabled })
    }
    assert.equal(await bed.resets.find(second), undefined)
    await assert.rejects(bed.resets.complete(ASKING, { ...second, password: NEW, browser: '' }), NOWHERE)
  })

  test('is set at once; tokens end if that is wanted', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const host = systemCaller(bed.here)
    const alice = await bed.find({ authorization: basic('alice', PASSWORD) })
    const { token } = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const { link } = await bed.resets.begin(host, { name: 'alice', revoke: false })
    await assert.rejects(bed.resets.set(host, { name: 'alice', password: 'short', revoke: false }), INVALID)
    assert.deepEqual(await bed.resets.set(host, { name: 'Alice', password: NEW, revoke: false }), {
      name: 'alice',
    })
    assert.equal(await bed.resets.find({ link }), undefined)
    await assert.rejects(bed.find({ authorization: basic('alice', PASSWORD) }), REFUSED)
    await bed.find({ authorization: `Bearer ${token}` })
    await bed.resets.set(host, { name: 'alice', password: `${NEW} 2`, revoke: true })
    await assert.rejects(bed.find({ authorization: `Bearer ${token}` }), REFUSED)
    const { token: next } = await bed.tokens.create(
      await bed.find({ authorization: basic('alice', `${NEW} 2`) }),
      { kind: 'personal', name: 'x' },
    )
    await bed.resets.begin(host, { name: 'alice', revoke: true })
    await assert.rejects(bed.find({ authorization: `Bearer ${next}` }), REFUSED)
  })
})
