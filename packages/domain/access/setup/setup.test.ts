import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { hashSecret, newSecret } from '../authentication/secret.ts'
import { accessMigrations } from '../index.ts'
import { openCredentials, PASSWORD } from '../testing/open-credentials.ts'

const ASKING = { requestId: 'r', address: '10.0.0.1' }
const GONE = { code: 'ENDPOINT_NOT_FOUND' }
const input = (link: string, name = 'Ada') => ({ link, name, password: PASSWORD, browser: 'b' })

eachEngine('setup', [eventsMigrations, accessMigrations], (open) => {
  test('whoever holds the link becomes the first administrator, an owner of default, and is signed in', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const link = (await bed.setup.begin())!
    assert.match(link, /^[\w-]{43}$/)
    assert.deepEqual(
      (await bed.rows('setup_links')).map(({ hash }) => hash),
      [hashSecret(link)],
    )
    assert.equal(await bed.setup.isOpen({ link }), true)
    const { secret } = await bed.setup.complete(ASKING, input(link))
    const asking = { ...ASKING, workspace: undefined, reason: undefined, authorization: undefined }
    const ada = await bed.authentication.findCaller({ ...asking, session: secret }, 'members')
    assert.deepEqual(
      [ada.principal.name, ada.may('server.manage'), ada.may('workspace.manage')],
      ['Ada', true, true],
    )
    assert.equal((await bed.rows('role_assignments')).length, 1)
    assert.deepEqual(
      (await bed.events()).map(({ type, actor }) => [type, actor]),
      [
        ['setup.completed', 'user:Ada'],
        ['session.begun', 'user:Ada'],
      ],
    )
    const told = JSON.stringify([
      await bed.events(),
      await bed.rows('setup_links'),
      await bed.rows('sessions'),
    ])
    for (const hidden of [link, PASSWORD, secret]) assert.equal(told.includes(hidden), false)
    await bed.sessions.signIn(ASKING, { name: 'ada', password: PASSWORD, browser: '' })
  })

  test('afterwards there is no setup any more', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const link = (await bed.setup.begin())!
    await bed.setup.complete(ASKING, input(link))
    await assert.rejects(bed.setup.complete(ASKING, input(link, 'second')), GONE)
    assert.equal(await bed.setup.isOpen({ link }), false)
    assert.equal(await bed.setup.begin(), undefined)
    assert.deepEqual(await bed.rows('setup_links'), [])
  })

  test('of two at once one wins', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const link = (await bed.setup.begin())!
    const came = await Promise.allSettled([
      bed.setup.complete(ASKING, input(link, 'one')),
      bed.setup.complete(ASKING, input(link, 'two')),
    ])
    assert.deepEqual(came.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await bed.rows('principals')).length, 1)
  })

  test('a wrong, an ended and an older link lead nowhere, and make nobody compute a password', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const older = (await bed.setup.begin())!
    const link = (await bed.setup.begin())!
    for (const wrong of [older, newSecret(), '', `${link} `, hashSecret(link)]) {
      assert.equal(await bed.setup.isOpen({ link: wrong }), false)
      await assert.rejects(bed.setup.complete(ASKING, { ...input(wrong), password: 'short' }), GONE)
    }
    bed.later(3_600_000)
    await assert.rejects(bed.setup.complete(ASKING, input(link)), GONE)
    await bed.authentication.tidy()
    assert.deepEqual([await bed.rows('setup_links'), await bed.rows('principals')], [[], []])
  })

  test('a bad name or password is refused, and the link still works', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('taken')
    const link = (await bed.setup.begin())!
    await assert.rejects(bed.setup.complete(ASKING, { ...input(link), password: 'short' }), {
      code: 'INVALID_PARAMETER_VALUE',
      message: 'Password must be at least 12 characters.',
    })
    await assert.rejects(bed.setup.complete(ASKING, input(link, 'local-owner')), {
      code: 'INVALID_PARAMETER_VALUE',
    })
    await assert.rejects(bed.setup.complete(ASKING, input(link, 'Taken')), {
      code: 'RESOURCE_ALREADY_EXISTS',
    })
    assert.deepEqual([await bed.rows('sessions'), await bed.events()], [[], []])
    await bed.setup.complete(ASKING, input(link))
  })
})
