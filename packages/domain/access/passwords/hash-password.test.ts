import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePasswordHasher } from './hash-password.ts'
import { makeScryptQueue } from './scrypt-queue.ts'

const HASHER = makePasswordHasher({ logN: 4 })
const PASSWORD = 'correct horse battery'

test('a password is told from others by its hash, which has its cost and a salt of its own', async () => {
  const hash = await HASHER.hash(PASSWORD, '')
  assert.match(hash, /^scrypt\$4\$8\$1\$[\w-]{22}\$[\w-]{43}$/)
  assert.notEqual(hash, await HASHER.hash(PASSWORD, ''))
  assert.equal(await HASHER.verify(hash, PASSWORD, ''), true)
  assert.equal(await HASHER.verify(hash, `${PASSWORD} `, ''), false)
  assert.equal(await HASHER.verify(undefined, PASSWORD, ''), false)
})

test('a hash of another cost is checked at that cost', async () => {
  const hash = await makePasswordHasher({ logN: 5 }).hash(PASSWORD, '')
  assert.equal(await HASHER.verify(hash, PASSWORD, ''), true)
  await assert.rejects(HASHER.verify('pbkdf2$1$2$3$4$5', PASSWORD, ''), /not of the form/)
})

test('the real cost is what OWASP asks for', async () => {
  const hasher = makePasswordHasher()
  const hash = await hasher.hash(PASSWORD, '')
  assert.match(hash, /^scrypt\$17\$8\$1\$/)
  assert.equal(await hasher.verify(hash, PASSWORD, ''), true)
})

test('letters that look alike are one, however they are spelled', async () => {
  const hash = await HASHER.hash('Passwort-f\u00fcr-alle', '')
  assert.equal(await HASHER.verify(hash, 'Passwort-fu\u0308r-alle', ''), true)
})

const refused: [what: string, password: string, says: RegExp][] = [
  ['too short', 'elevenchars', /^Password must be at least 12 characters\.$/],
  ['too short in characters, not in code units', '🔑'.repeat(11), /at least 12/],
  ['too long', 'x'.repeat(129), /at most 128 characters; it has 129/],
  ['a NUL', 'twelve\0characters', /control characters/],
  ['half a character', 'twelve characters \ud83d', /halves of characters/],
]
for (const [what, password, says] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(HASHER.hash(password, ''), { code: 'INVALID_PARAMETER_VALUE', message: says })
  })
}

test('one is computed at a time, in the order in which they came, also after one that failed', async () => {
  const queue = makeScryptQueue()
  const seen: string[] = []
  const ends: (() => void)[] = []
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      seen.push(name)
      ends.push(() => resolve(name))
    })
  const failed = queue.run('', () => Promise.reject(new Error('no')))
  const first = queue.run('', work('first'))
  const second = queue.run('', work('second'))
  await assert.rejects(failed, /no/)
  await new Promise(setImmediate)
  assert.deepEqual(seen, ['first'])
  ends[0]!()
  assert.equal(await first, 'first')
  await new Promise(setImmediate)
  assert.deepEqual(seen, ['first', 'second'])
  ends[1]!()
  assert.equal(await second, 'second')
})

test('nobody fills the queue alone, and together they are told when to come again', async () => {
  const queue = makeScryptQueue()
  let finish = () => {}
  const held = new Promise<void>((resolve) => {
    finish = resolve
  })
  const limited = { code: 'REQUEST_LIMIT_EXCEEDED' }
  const waiting = Array.from({ length: 10 }, () => queue.run('a', () => held))
  await assert.rejects(
    queue.run('a', () => held),
    { ...limited, retryAfterSeconds: 5 },
  )
  waiting.push(...Array.from({ length: 10 }, () => queue.run('b', () => held)))
  await assert.rejects(
    queue.run('c', () => held),
    { ...limited, retryAfterSeconds: 10 },
  )
  finish()
  await Promise.all(waiting)
  assert.equal(await queue.run('a', async () => 'again'), 'again')
})
