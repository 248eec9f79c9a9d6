import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { basic, serveAccounts } from '../testing/serve-accounts.ts'

const ISSUER = 'https://login.example.org'
const OF = (name: string) => `/api/orrery/v1/principals/user/${name}/identities`
const ASKING = { requestId: 'r', address: '10.0.0.1' }
const ADA = { issuer: ISSUER, subject: '7', email: 'ada@example.org', name: 'somebody', groups: [] }

eachEngine('the routes of identities', MIGRATIONS, (open) => {
  test('link a password account to who somebody is at the provider, and nothing else does', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await server.done('POST', '/api/orrery/v1/principals/user', {
      name: 'ada',
      email: 'ada@example.org',
      password: 'correct horse battery',
    })
    await server.makeUser('eve')
    await server.assign('default', 'owner', 'eve')
    const signOn = () => server.verbs.signOn.finish(ASKING, { ...ADA, browser: '', mayCreate: false })
    // The address of mail is the account's, and links nothing.
    await assert.rejects(signOn(), { code: 'UNAUTHENTICATED' })
    const identity = { issuer: ISSUER, subject: '7' }
    for (const [method, headers, status] of [
      ['GET', basic('eve'), 403],
      ['POST', basic('eve'), 403],
      ['DELETE', basic('eve'), 403],
      ['POST', {}, 401],
    ] as const) {
      assert.equal((await server.call(method, OF('ada'), headers, identity)).status, status, method)
    }
    await server.done('POST', OF('ada'), identity)
    await server.done('POST', OF('ADA'), identity)
    const { identities } = await server.done('GET', OF('ada'))
    assert.deepEqual(identities, [
      {
        ...identity,
        email: '',
        linked_timestamp: server.time.now,
        last_sign_on_timestamp: server.time.now,
      },
    ])
    const { secret } = await signOn()
    const session = { cookie: `orrery=${secret}`, 'sec-fetch-site': 'same-origin' }
    assert.equal((await server.done('GET', 'users/current', {}, session)).user.username, 'ada')
    // What the provider says of mail is shown, and is not the account's.
    assert.equal((await server.done('GET', OF('ada'))).identities[0].email, 'ada@example.org')
    const taken = await server.call('POST', OF('eve'), basic('root'), identity)
    assert.deepEqual([taken.status, taken.body.error_code], [400, 'RESOURCE_ALREADY_EXISTS'])
    assert.match(taken.body.message, /is the account 'ada' already/)
    for (const [name, body, status] of [
      ['nobody', identity, 404],
      ['ada', { issuer: '', subject: '8' }, 400],
      ['ada', { issuer: ISSUER, subject: 'a\n' }, 400],
      ['ada', { issuer: ISSUER }, 400],
    ] as const) {
      assert.equal((await server.call('POST', OF(name), basic('root'), body)).status, status)
    }
    await server.done('DELETE', OF('ada'), identity)
    assert.equal((await server.call('DELETE', OF('ada'), basic('root'), identity)).status, 404)
    assert.equal((await server.call('GET', 'users/current', session)).status, 401)
    await assert.rejects(signOn(), { code: 'UNAUTHENTICATED' })
  })

  test('an administrator who comes in by nothing else keeps theirs', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await server.done('POST', '/api/orrery/v1/principals/user', { name: 'ada' })
    await server.done('POST', OF('ada'), { issuer: ISSUER, subject: '7' })
    await server.done('PATCH', 'users/update-admin', { username: 'ada', is_admin: true })
    await server.done('DELETE', OF('ada'), { issuer: ISSUER, subject: '7' })
    await server.done('POST', OF('ada'), { issuer: ISSUER, subject: '7' })
    const { secret } = await server.verbs.signOn.finish(ASKING, { ...ADA, browser: '', mayCreate: false })
    const ada = { cookie: `orrery=${secret}`, 'sec-fetch-site': 'same-origin', 'x-requested-with': 'test' }
    await server.done('PATCH', 'users/update-admin', { username: 'root', is_admin: false }, ada)
    const last = await server.call('DELETE', OF('ada'), ada, { issuer: ISSUER, subject: '7' })
    assert.deepEqual([last.status, last.body.error_code], [400, 'INVALID_STATE'])
  })
})
