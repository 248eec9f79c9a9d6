import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldersOf, refuseLookalikes } from './entry-names.ts'

const ALIKE: readonly (readonly string[])[] = [
  ['a', 'a'],
  ['File', 'file'],
  ['x/A/b', 'x/a/b'],
  ['x/A/one', 'x/a/two'],
  ['é', 'e\u0301'],
  ['straße', 'STRASSE'],
  ['Σας', 'σασ'],
  ['İ', 'i\u0307'],
  ['\u212b', '\u00c5'],
  ['ﬁ', 'fi'],
  ['a', 'a/b'],
  ['A', 'a/b/c'],
  ['a/b/c', 'a/B'],
]
for (const names of ALIKE) {
  test(`refused beside each other: ${names.join(' and ')}`, () => {
    assert.throws(() => refuseLookalikes(names), /cannot be told from|is a file and/)
    assert.throws(() => refuseLookalikes(names.toReversed()), /cannot be told from|is a file and/)
    for (const name of names) refuseLookalikes([name])
  })
}

test('names that only look alike to people may stand beside each other', () => {
  refuseLookalikes(['a', 'а', 'b/a', 'ab', 'a.b', 'a-b', 'b/c/a', 'b/c.a', 'l', '1', 'é', 'e'])
})

test('folders are those above the files', () => {
  assert.deepEqual([...foldersOf(['a', 'b/c', 'b/d/e', 'b/d/f'])].sort(), ['b', 'b/d'])
  assert.equal(foldersOf([]).size, 0)
})
