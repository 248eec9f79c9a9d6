import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeBytes, safeText } from './safe-text.ts'

test('text of others is one line without control characters', () => {
  assert.equal(safeText('a\r\nFATAL x\tb', 100), 'a FATAL x b')
  assert.equal(safeText('\x1b[31mred\x00\u202e\u2028', 100), '\\u{1b}[31mred\\u{0}\\u{202e}\\u{2028}')
  assert.equal(safeText('grün 🐜', 100), 'grün 🐜')
})

test('it is cut, and never in the middle of a character', () => {
  assert.equal(safeText('abcdef', 4), 'abc…')
  assert.equal(safeText('x'.repeat(10_000_000), 5).length, 5)
  const cut = safeText('🐜'.repeat(50), 4)
  assert.ok(cut.isWellFormed() && cut.length <= 4)
})

test('bytes that are no UTF-8 become text all the same', () => {
  assert.equal(safeBytes(Buffer.from([0x61, 0xff, 0x1b]), 20), 'a\ufffd\\u{1b}')
})
