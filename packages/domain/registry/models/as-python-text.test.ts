import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asPythonText } from './as-python-text.ts'

// The right column is what Python 3.11 prints.
const rows: [text: string, repr: string][] = [
  ['churn model', "'churn model'"],
  ["it's", '"it\'s"'],
  ['say "it"', `'say "it"'`],
  [`it's "it"`, `'it\\'s "it"'`],
  ['a\\b', "'a\\\\b'"],
  ['a\tb\nc\r', "'a\\tb\\nc\\r'"],
  ['a\u0001\u00a0\u200b\u{e0001}', "'a\\x01\\xa0\\u200b\\U000e0001'"],
  ['größe 🌲', "'größe 🌲'"],
]

for (const [text, repr] of rows) {
  test(`Python writes ${JSON.stringify(text)} as ${repr}`, () => assert.equal(asPythonText(text), repr))
}
