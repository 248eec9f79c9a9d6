import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { parseArtifactFolder, parseArtifactPath } from './artifact-path.ts'

/** One of each kind; the tests of the routes try all its relatives. */
const REFUSED = [
  '',
  '..',
  'a/../../x',
  'a/./b',
  'a//b',
  '/etc/passwd',
  '%2e%2e/x',
  'a/%252e%252e/x',
  `%${'25'.repeat(20)}2e`,
  'a\\..\\b',
  'C:x',
  'file:///etc/passwd',
  '~/.ssh/id_rsa',
  'a%00b',
  'a\r\nb',
  'a\u2028b',
  'a\ud800b',
  'a%ff',
  'a#b',
  'x'.repeat(256),
  `${'x/'.repeat(300)}x`,
  `${'z'.repeat(200)}/`.repeat(6),
]

for (const path of REFUSED) {
  test(`an artifact may not be called ${JSON.stringify(path.slice(0, 40))}`, () => {
    assert.throws(
      () => parseArtifactPath(path),
      (error) =>
        error instanceof Problem &&
        error.code === 'INVALID_PARAMETER_VALUE' &&
        error.message.startsWith('Invalid path'),
    )
  })
}

const TAKEN = [
  ['model/MLmodel', 'model/MLmodel'],
  ['100%.txt', '100%.txt'],
  ['a%20b.txt', 'a b.txt'],
  ['a%2520b.txt', 'a b.txt'],
  ['%C3%A9', 'é'],
  ['images/dog+step+3.png', 'images/dog+step+3.png'],
  ['2026-01-01T10:00:00.json', '2026-01-01T10:00:00.json'],
  ['..hidden/...', '..hidden/...'],
  ['.env', '.env'],
  ['~backup', '~backup'],
  ['what?', 'what?'],
  ['x'.repeat(255), 'x'.repeat(255)],
] as const

for (const [given, path] of TAKEN) {
  test(`an artifact may be called ${given.slice(0, 40)}`, () => assert.equal(parseArtifactPath(given), path))
}

test('a folder may end with a slash or be the root', () => {
  assert.equal(parseArtifactFolder('a/b/'), 'a/b')
  assert.equal(parseArtifactFolder(''), '')
  assert.equal(parseArtifactFolder(undefined), '')
  for (const path of ['/', 'a//', '..', '../']) assert.throws(() => parseArtifactFolder(path), /Invalid path/)
})
