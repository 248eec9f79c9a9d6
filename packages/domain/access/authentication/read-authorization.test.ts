import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAuthorization } from './read-authorization.ts'
import { newSecret } from './secret.ts'

const TOKEN = `orrery_trk_${newSecret()}`
const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`

test('Basic has a name and a password, which may hold colons and any letter', () => {
  const read = { kind: 'password', name: 'zoë', password: 'a:b:ü🔑' }
  assert.deepEqual(readAuthorization(basic('zoë:a:b:ü🔑')), read)
  assert.deepEqual(readAuthorization(basic('zoë:a:b:ü🔑').replace('Basic', 'bASIC')), read)
  assert.deepEqual(readAuthorization(basic('zoë:')), { kind: 'password', name: 'zoë', password: '' })
})

test('a token comes as Bearer, or as the password of Basic', () => {
  for (const kind of ['pat', 'svc', 'trk', 'run']) {
    const token = TOKEN.replace('trk', kind)
    assert.deepEqual(readAuthorization(`Bearer ${token}`), { kind: 'token', token })
    assert.deepEqual(readAuthorization(`bearer ${token}`), { kind: 'token', token })
    assert.deepEqual(readAuthorization(basic(`alice:${token}`)), { kind: 'token', token, name: 'alice' })
  }
})

const unreadable: [what: string, header: string][] = [
  ['nothing', ''],
  ['a scheme alone', 'Basic'],
  ['another scheme', `Digest ${TOKEN}`],
  ['a token without a scheme', TOKEN],
  ['no colon', basic('alice')],
  ['no name', basic(':password-password')],
  ['no base64', 'Basic alice:password'],
  ['bytes that are no UTF-8', basic(Buffer.from([0x61, 0x3a, 0xff, 0xfe]))],
  ['a NUL', basic('alice:pass\0word')],
  ['two spaces', `Bearer  ${TOKEN}`],
  ['a space at the end', `Bearer ${TOKEN} `],
  ['two credentials', `Bearer ${TOKEN}, Bearer ${TOKEN}`],
  ['a token of another form', 'Bearer 1234'],
  ['a token that is too long', `Bearer ${TOKEN}x`],
  ['a token of an unknown kind', `Bearer ${TOKEN.replace('trk', 'adm')}`],
  ['a line break', `Bearer ${TOKEN}\n`],
  ['too much', basic(`alice:${'x'.repeat(8192)}`)],
]
for (const [what, header] of unreadable) {
  test(`not read: ${what}`, () => assert.equal(readAuthorization(header), undefined))
}

test('whatever comes is read or not read, and never breaks', () => {
  const odd = ['\0', '\ud83d', 'ÿ', ':', '=', ',', ' ', '']
  const parts = ['Basic ', 'Bearer ', 'basic\t', TOKEN, basic('a:b').slice(6), ...odd]
  let seed = 7
  const next = (below: number) => {
    seed ^= seed << 13
    seed ^= seed >>> 17
    seed ^= seed << 5
    return (seed >>> 0) % below
  }
  let read = 0
  for (let i = 0; i < 20_000; i++) {
    const header = Array.from({ length: 1 + next(4) }, () => parts[next(parts.length)]).join('')
    const presented = readAuthorization(header)
    if (presented === undefined) continue
    read += 1
    assert.ok(presented.kind === 'token' ? presented.token === TOKEN : presented.name === 'a', header)
  }
  assert.ok(read > 50, `${read} were read`)
})
