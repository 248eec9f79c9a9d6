import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Blocked, makeSignInFailures } from './sign-in-failures.ts'

function open() {
  const time = { now: 0 }
  const failures = makeSignInFailures({ clock: () => time.now })
  const attempts = (count: number, name = 'alice', address = '10.0.0.1') => {
    for (let i = 0; i < count; i++) failures.begin(name, address)
  }
  const refusal = (name = 'alice', address = '10.0.0.1'): Blocked => {
    try {
      failures.begin(name, address)
    } catch (error) {
      assert.ok(error instanceof Blocked)
      return error
    }
    return assert.fail('it was let pass')
  }
  return { time, failures, attempts, refusal }
}

test('after ten in a minute a name is refused from that address, and from no other', () => {
  const { attempts, refusal } = open()
  attempts(10)
  const { code, retryAfterSeconds, failures, tell } = refusal()
  assert.deepEqual([code, retryAfterSeconds, failures, tell], ['REQUEST_LIMIT_EXCEEDED', 60, 10, true])
  assert.equal(refusal('ALICE').tell, false)
  attempts(1, 'alice', '10.0.0.2')
  attempts(1, 'bob')
})

test('ten in each minute are never refused', () => {
  const { time, attempts } = open()
  for (let minute = 0; minute < 5; minute++) {
    attempts(10)
    time.now += 60_000
  }
})

test('each block is twice as long as the one before, up to an hour', () => {
  const { time, attempts, refusal } = open()
  attempts(10)
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    const { retryAfterSeconds } = refusal()
    waits.push(retryAfterSeconds!)
    time.now += retryAfterSeconds! * 1000
    attempts(3)
  }
  assert.deepEqual(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600])
})

test('an hour of quiet, or the right password, forgets it', () => {
  const { time, attempts, refusal, failures } = open()
  attempts(10)
  refusal()
  time.now += 60_000 + 3_600_000
  attempts(9)
  failures.begin('alice', '10.0.0.1').succeeded()
  attempts(10)
  refusal()
})

test('what was not looked at does not count', () => {
  const { attempts, failures, refusal } = open()
  attempts(9)
  failures.begin('alice', '10.0.0.1').undo()
  attempts(1)
  refusal()
})

test('an event is told at most once a minute', () => {
  const { time, attempts, refusal } = open()
  attempts(10)
  assert.equal(refusal().tell, true)
  time.now += 59_000
  assert.equal(refusal().tell, false)
  time.now += 1000
  attempts(3)
  assert.equal(refusal().tell, true)
})

test('a new name is no new guess: of all names together an address has a hundred a minute', () => {
  const { time, failures, refusal } = open()
  for (let i = 0; i < 100; i++) failures.begin(`name-${i}`, '10.0.0.1')
  const { message, retryAfterSeconds, tell } = refusal('name-100')
  assert.match(message, /^Too many wrong passwords from this address\./)
  assert.deepEqual([retryAfterSeconds, tell, refusal('name-101').tell], [60, true, false])
  failures.begin('name-100', '10.0.0.2')
  time.now += 60_000
  for (let i = 0; i < 30; i++) failures.begin(`next-${i}`, '10.0.0.1')
  assert.equal(refusal('next-30').retryAfterSeconds, 120)
})

test('who signs in rightly costs their address nothing', () => {
  const { failures } = open()
  for (let i = 0; i < 1000; i++) failures.begin(`name-${i}`, '10.0.0.1').succeeded()
  for (let i = 0; i < 1000; i++) failures.begin(`name-${i}`, '10.0.0.1').undo()
})

test('addresses of one IPv6 network are one place', () => {
  const { attempts, refusal, failures } = open()
  for (let i = 0; i < 10; i++) attempts(1, 'alice', `2001:db8::${i + 1}`)
  refusal('alice', '2001:db8::ffff')
  failures.begin('alice', '2001:db8:0:1::1')
})

test('a hundred thousand refused attempts with other names leave a block standing', () => {
  const { time, attempts, refusal, failures } = open()
  attempts(10)
  refusal()
  time.now += 60_000
  attempts(3)
  assert.equal(refusal().retryAfterSeconds, 120)
  let refused = 0
  for (let i = 0; i < 100_000; i++) {
    try {
      failures.begin(`name-${i}`, '10.0.0.1')
    } catch {
      refused++
    }
  }
  assert.equal(refused, 100_000 - 97)
  // The address may try again, and this name not yet.
  time.now += 90_000
  const { message, retryAfterSeconds } = refusal()
  assert.match(message, /^Too many wrong passwords for this name/)
  assert.equal(retryAfterSeconds, 30)
})

test('nor does it fall to attempts from many addresses, while what has no block is forgotten', () => {
  const { attempts, refusal, failures } = open()
  attempts(10, 'alice')
  refusal('alice')
  attempts(9, 'bob', '10.0.0.2')
  for (let i = 0; i < 100_000; i++) failures.begin(`name-${i}`, `net-${i % 5000}`)
  refusal('alice')
  attempts(10, 'bob', '10.0.0.2')
})
