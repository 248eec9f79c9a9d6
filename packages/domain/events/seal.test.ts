import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSeal } from './seal.ts'

const SECRET = 'whsec_naïve €'

test('what was sealed opens with the same key and for the same thing only', () => {
  const seal = makeSeal('key one')
  const sealed = seal.seal(SECRET, 'subscriptions/1')
  assert.equal(makeSeal(Buffer.from('key one')).open(sealed, 'subscriptions/1'), SECRET)
  assert.throws(() => seal.open(sealed, 'subscriptions/2'))
  assert.throws(() => makeSeal('key two').open(sealed, 'subscriptions/1'), /--secret-key/)
})

test('it shows nothing of the text, and is another one each time', () => {
  const seal = makeSeal('key')
  const [one, two] = [seal.seal(SECRET), seal.seal(SECRET)]
  assert.notEqual(one, two)
  assert.ok(!Buffer.from(one.split('.')[2]!, 'base64url').includes('whsec'))
})

test('a changed letter is found', () => {
  const seal = makeSeal('key')
  const sealed = seal.seal(SECRET)
  for (const at of [sealed.length - 1, sealed.length - 20, 14]) {
    const letter = sealed[at] === 'A' ? 'B' : 'A'
    // The last letter holds bits that are not used: two of them may be one byte.
    const changed =
      sealed.slice(0, at - 1) + (sealed[at - 1] === 'A' ? 'B' : 'A') + letter + sealed.slice(at + 1)
    assert.throws(() => seal.open(changed))
  }
  assert.throws(() => seal.open('v1.x'))
  assert.throws(() => seal.open(''))
})
