import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldName } from '../decisions/find-principal.ts'
import { checkPrincipalName, checkPrincipalText } from './principal-name.ts'

const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

test('names of people, machines and groups', () => {
  for (const name of ['alice', 'Alice.B_', 'alice+test@example.com', '-', 'a', '007', 'x'.repeat(128)]) {
    checkPrincipalName(name)
  }
  assert.throws(() => checkPrincipalName(''), { ...INVALID, message: 'Username cannot be empty.' })
  for (const name of [
    ' ',
    ' alice',
    'alice ',
    'a/b',
    'a:b',
    'a\u0000b',
    'a\nb',
    'al\u200bice',
    'al\u202eice',
    'a\u2028b',
    '\ud800',
    'x'.repeat(129),
    'server',
    'Local-Owner',
    'ANONYMOUS',
    '__user_4__',
    '__USER_x',
    '\uff53erver',
    '.',
    '..',
    '.alice',
    'Alice B.',
    '\u0430lice',
    'Ω-group',
    '名前',
    'e\u0301',
    'a%2e',
    'a\\b',
  ]) {
    assert.throws(() => checkPrincipalName(name), INVALID, JSON.stringify(name))
  }
})

test('names are one whatever their case, and what only looks like one is another', () => {
  assert.equal(foldName('Alice'), foldName('aLICE'))
  for (const other of ['alise', '\uff21lice', '\u0430lice', 'al\u0130ce']) {
    assert.notEqual(foldName('alice'), foldName(other))
  }
  // A Kelvin sign is a k to `toLowerCase`.
  assert.notEqual(foldName('k'), foldName('\u212a'))
})

test('texts about accounts', () => {
  checkPrincipalText('Alice — team A', 'display_name')
  assert.throws(() => checkPrincipalText('x'.repeat(501), 'email'), INVALID)
  assert.throws(() => checkPrincipalText('a\nb', 'email'), INVALID)
})
