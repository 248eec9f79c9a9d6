import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadSettings, readSettings } from './settings.ts'
import { signOnSettings } from './sign-on-settings.ts'

const ISSUER = '--oidc-issuer=https://login.example.org/realms/lab'
const read = (...argv: string[]) => signOnSettings(readSettings(['--auth', ...argv], {}))

test('without a provider there is none', () => {
  assert.equal(read(), undefined)
})

test('a provider needs its issuer and what it calls this server', () => {
  assert.deepEqual(read(ISSUER, '--oidc-client-id', 'orrery'), {
    issuer: 'https://login.example.org/realms/lab',
    clientId: 'orrery',
    clientSecret: undefined,
    scopes: 'openid profile email',
    groupsClaim: 'groups',
    mayCreate: true,
  })
  const more = read(
    ISSUER,
    ...['--oidc-client-id=o', '--oidc-client-secret=s', '--oidc-scopes=openid groups'],
    ...['--oidc-groups-claim=roles', '--oidc-create-accounts=false'],
  )
  assert.deepEqual(
    [more?.clientSecret, more?.scopes, more?.groupsClaim, more?.mayCreate],
    ['s', 'openid groups', 'roles', false],
  )
})

test('half of it is refused, with what is missing', () => {
  assert.throws(() => read(ISSUER), /--oidc-client-id/)
  assert.throws(() => read('--oidc-client-id=o'), /--oidc-issuer/)
  assert.throws(() => read('--oidc-client-secret=s'), /--oidc-issuer/)
  const open = readSettings([ISSUER, '--oidc-client-id=o'], {})
  assert.throws(() => signOnSettings(open), /add --auth/)
})

for (const issuer of [
  'login.example.org',
  'http://login.example.org',
  'https://a/?x',
  'https://a/#x',
  'https://u:p@a/',
  'file:///x',
]) {
  test(`not an issuer: ${issuer}`, () => {
    assert.throws(() => read(`--oidc-issuer=${issuer}`), /--oidc-issuer is '.*': it must be/)
  })
}

test('plain HTTP is for a provider on this machine', () => {
  for (const issuer of ['http://127.0.0.1:9000', 'http://localhost:9000/x', 'http://[::1]:9000']) {
    assert.equal(read(`--oidc-issuer=${issuer}`, '--oidc-client-id=o')?.issuer, issuer)
  }
})

test('scopes are those of OpenID Connect, and no secret is told', () => {
  assert.throws(() => read('--oidc-scopes=profile'), /--oidc-scopes is 'profile': it must .*openid/)
  assert.throws(
    () => readSettings(['--oidc-client-secret=', '--port=x'], { ORRERY_OIDC_CLIENT_SECRET: 'hunter2' }),
    (error) => error instanceof BadSettings && !/hunter2/.test(error.message),
  )
})
