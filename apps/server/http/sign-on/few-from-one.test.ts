import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeFewFromOne } from './few-from-one.ts'

const FULL = {
  code: 'REQUEST_LIMIT_EXCEEDED',
  retryAfterSeconds: 60,
  message: 'Too many sign-ons from this address.',
}

test('so many a minute from one place, and its others are not asked to wait', () => {
  const time = { now: 0 }
  const few = makeFewFromOne({ clock: () => time.now, aMinute: 3, what: 'sign-ons' })
  for (let i = 0; i < 3; i++) few.mustBeFew('2001:db8::1')
  assert.throws(() => few.mustBeFew('2001:db8::2'), FULL)
  few.mustBeFew('2001:db8:0:1::1')
  time.now += 59_999
  assert.throws(() => few.mustBeFew('2001:db8::1'), { ...FULL, retryAfterSeconds: 1 })
  time.now += 1
  few.mustBeFew('2001:db8::1')
})

test('what it keeps is bounded', () => {
  const few = makeFewFromOne({ clock: () => 0, aMinute: 1, what: 'sign-ons' })
  few.mustBeFew('first')
  for (let i = 0; i < 10_000; i++) few.mustBeFew(`address-${i}`)
  few.mustBeFew('first')
  assert.throws(() => few.mustBeFew('address-9999'), FULL)
})
