import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextPath } from './next-path.ts'

test('a path of this server is kept, with its query', () => {
  for (const path of ['/', '/api-docs', '/workspaces/a-b/?x=1&y=%2F', '/a//b', '/?next=//evil.example']) {
    assert.equal(nextPath(path, ''), path)
  }
  assert.equal(nextPath('/ml/api-docs?x', '/ml'), '/ml/api-docs?x')
})

test('what is not in letters of a header is encoded', () => {
  assert.equal(nextPath('/workspaces/ä b', ''), '/workspaces/%C3%A4%20b')
})

const ELSEWHERE = [
  undefined,
  '',
  'evil.example',
  'https://evil.example/',
  'http:evil.example',
  'javascript:alert(1)',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/x/..//evil.example',
  '/./\\evil.example',
  '/%2e%2e//evil.example',
  '/x\r\nSet-Cookie: a=b',
  '/\0',
  `/${'x'.repeat(2000)}`,
  '@evil.example/',
]
for (const asked of ELSEWHERE) {
  test(`anything else leads to the first page: ${JSON.stringify(asked)?.slice(0, 40)}`, () => {
    assert.equal(nextPath(asked, ''), '/')
    assert.equal(nextPath(asked, '/ml'), '/ml/')
  })
}

test('a path outside the base path is somebody else’s', () => {
  for (const path of ['/', '/other', '/mlx', '/ml/../other']) assert.equal(nextPath(path, '/ml'), '/ml/')
})
