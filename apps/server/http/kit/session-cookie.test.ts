import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCookie, setSessionCookie } from './session-cookie.ts'

test('a session’s cookie is out of the reach of scripts and of other sites’ forms', () => {
  const http = setSessionCookie('abc', { isSecure: false, basePath: '' }, 60.5)
  assert.equal(http, 'orrery=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax')
  const below = setSessionCookie('abc', { isSecure: false, basePath: '/ml' }, 60)
  assert.equal(below, 'orrery=abc; Path=/ml; Max-Age=60; HttpOnly; SameSite=Lax')
})

test('over HTTPS it belongs to this host alone, which browsers grant for the path / only', () => {
  const https = setSessionCookie('', { isSecure: true, basePath: '/ml' }, 0)
  assert.equal(https, '__Host-orrery=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure')
})

const read: [header: string | undefined, value: string | undefined][] = [
  [undefined, undefined],
  ['', undefined],
  ['orrery', undefined],
  ['orrery=', ''],
  ['orrery=a=b', 'a=b'],
  ['x=1;orrery=a', 'a'],
  [' orrery = a ;x', 'a'],
  ['Orrery=a', undefined],
  ['orrery=a; orrery=a', 'a'],
  ['orrery=a; orrery=b', undefined],
]
for (const [header, value] of read) {
  test(`read: ${header}`, () => assert.equal(readCookie(header, 'orrery'), value))
}
