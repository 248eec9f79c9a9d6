import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import {
  checkAlias,
  checkAliasIsFree,
  checkModelName,
  checkModelTag,
  checkVersionTag,
  distinctTags,
  parseVersion,
} from './names.ts'

const refused = (work: () => void, message: RegExp) =>
  assert.throws(
    work,
    (e) => e instanceof Problem && e.code === 'INVALID_PARAMETER_VALUE' && message.test(e.message),
  )

for (const name of [
  'a',
  'モデル',
  'a b',
  'a.b',
  '.hidden',
  'a"b\'c',
  '100%',
  'a\\b',
  '😀',
  'x'.repeat(256),
]) {
  test(`a model may be called ${name.slice(0, 20)}`, () => checkModelName(name))
}

const names: [name: string, message: RegExp][] = [
  ['', /^Missing value for required parameter 'name'\.$/],
  [' \t', /^Missing value for required parameter 'name'\.$/],
  ['a/b', /^Invalid model name 'a\/b'\. Names cannot contain '\/' or ':'\.$/],
  ['a:b', /^Invalid model name 'a:b'\. Names cannot contain '\/' or ':'\.$/],
  ['.', /This name would resolve to '\.'$/],
  ['..', /This name would resolve to '\.\.'$/],
  ['..a', /must not resolve to other names/],
  ['a\0', /NUL/],
  ['\ud800', /half of a character/],
  ['x'.repeat(257), /^'name' exceeds the maximum length of 256 characters$/],
]

for (const [name, message] of names) {
  test(`no model may be called ${JSON.stringify(name).slice(0, 20)}`, () =>
    refused(() => checkModelName(name), message))
}

test('an alias is letters, digits, _ and -', () => {
  for (const alias of ['champion', 'v1-beta', '1', '_', 'größe', 'Production']) checkAlias(alias)
  refused(() => checkAlias(''), /^Registered model alias name cannot be empty\.$/)
  refused(() => checkAlias('a b'), /^Invalid alias name: 'a b'\. Names may only contain/)
  refused(() => checkAlias('a@b'), /Invalid alias name/)
  refused(() => checkAlias('a'.repeat(256)), /exceeds the maximum length of 255/)
})

test('aliases that mean something of their own are reserved', () => {
  for (const alias of ['champion', 'v1-beta', 'v', 'latest1', '1']) checkAliasIsFree(alias)
  refused(() => checkAliasIsFree('LATEST'), /^'latest' alias name \(case insensitive\) is reserved\.$/)
  refused(() => checkAliasIsFree('V12'), /^Version alias name 'V12' is reserved\.$/)
})

const numbers: [given: string, version: number][] = [
  ['1', 1],
  [' +7\n', 7],
  ['0007', 7],
  ['1_000', 1000],
  ['0', 0],
  ['-3', 0],
  ['9'.repeat(30), 0],
]

for (const [given, version] of numbers) {
  test(`${JSON.stringify(given).slice(0, 12)} is version ${version}`, () =>
    assert.equal(parseVersion(given), version))
}

for (const given of ['', 'x', '1.0', '1__0', '0x1', '1e3', 'latest']) {
  test(`${JSON.stringify(given)} is no version`, () =>
    refused(() => parseVersion(given), /^Parameter 'version' must be an integer, got '/))
}

test('tags have lengths, and the text of a prompt its own sentence', () => {
  const long = 'x'.repeat(100_001)
  checkModelTag({ key: 'a/b.c d', value: 'x'.repeat(100_000) })
  refused(() => checkModelTag({ key: 'k'.repeat(251), value: '' }), /'key' exceeds the maximum length of 250/)
  refused(() => checkModelTag({ key: 'a', value: long }), /'value' exceeds the maximum length of 100000/)
  refused(() => checkModelTag({ key: '../a', value: '' }), /must not resolve to other names/)
  refused(
    () => checkVersionTag({ key: 'mlflow.prompt.text', value: long }),
    /^Prompt text exceeds max length/,
  )
  refused(() => checkVersionTag({ key: 'a', value: 'x\0' }), /NUL/)
})

test('of two tags with one key the last counts', () => {
  const tags = [
    { key: 'a', value: '1' },
    { key: 'a', value: '2' },
  ]
  assert.deepEqual([...distinctTags(tags, checkModelTag)], [['a', '2']])
  assert.equal(distinctTags(undefined, checkModelTag).size, 0)
})
