import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REASON_LIMITS, readReason } from './reason.ts'

const REFUSED = { code: 'INVALID_PARAMETER_VALUE' }

test('a reason is kept without the spaces around it', () => {
  assert.equal(readReason('  Passed all checks. ', 'here'), 'Passed all checks.')
  assert.equal(readReason('質問済み', 'here'), '質問済み')
})

test('nothing said is no reason', () => {
  for (const given of [undefined, '', '   ']) assert.equal(readReason(given, 'here'), undefined)
})

test('too short, too long and unprintable reasons are refused, and the sentence says where', () => {
  const rows = [
    'ok',
    'x'.repeat(REASON_LIMITS.longest + 1),
    'a\nb c',
    'tab\there',
    'x\u0000y',
    'a \u202e evil',
    '\u200b\u200b\u200b\u200b',
    'ok\u2060\ufeff\u3164\u00ad',
    '\u200b \u200b \u200b \u200b',
    '\u2800\u2800\u2800',
  ]
  for (const given of rows) {
    assert.throws(
      () => readReason(given, "'reason'"),
      { ...REFUSED, message: /'reason'/ },
      JSON.stringify(given),
    )
  }
})

test('marks that join and part letters stay where they have their use', () => {
  for (const kept of ['می‌خواهم', 'OK 👩‍🔬']) assert.equal(readReason(kept, 'here'), kept)
})

test('the limits are those of characters, not of their halves', () => {
  assert.equal(readReason('🙂'.repeat(REASON_LIMITS.longest), 'here')?.length, 2 * REASON_LIMITS.longest)
  assert.throws(() => readReason('🙂🙂', 'here'), REFUSED)
})
