import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosen, pytestCounts, waitingFirst } from './test.ts'

const FILES = [
  'compat/client/test_runs.py',
  'compat/conftest.py',
  'python/orrery/tests/conftest.py',
  'python/orrery/tests/test_runs.py',
  'packages/domain/tracking/runs/runs.test.ts',
  'packages/domain/tracking/runs/create-run.ts',
  'tools/test.test.ts',
]

test('without words every test is chosen', () => {
  assert.deepEqual(chosen(FILES, []), {
    node: ['packages/domain/tracking/runs/runs.test.ts', 'tools/test.test.ts'],
    compat: ['compat/client/test_runs.py'],
    python: ['python/orrery/tests/test_runs.py'],
  })
})

test('a word chooses by path', () => {
  assert.deepEqual(chosen(FILES, ['tracking']), {
    node: ['packages/domain/tracking/runs/runs.test.ts'],
    compat: [],
    python: [],
  })
  assert.deepEqual(chosen(FILES, ['compat']), {
    node: [],
    compat: ['compat/client/test_runs.py'],
    python: [],
  })
  assert.deepEqual(chosen(FILES, ['python']).python, ['python/orrery/tests/test_runs.py'])
})

test('those that wait for servers begin, in the order in which they were', () => {
  assert.deepEqual(
    waitingFirst(['a.test.ts', 'compat/b.test.ts', 'packages/kill.test.ts', 'compat/c.test.ts']),
    ['compat/b.test.ts', 'packages/kill.test.ts', 'compat/c.test.ts', 'a.test.ts'],
  )
})

const lines = [
  { line: '120 passed in 41.20s', counts: { passed: 120, failed: 0 } },
  {
    line: '=== 3 failed, 118 passed, 2 skipped, 1 warning in 61.00s (0:01:01) ===',
    counts: { passed: 118, failed: 3 },
  },
  { line: '5 passed, 2 errors in 3.00s', counts: { passed: 5, failed: 2 } },
  { line: 'no tests ran in 0.01s', counts: { passed: 0, failed: 0 } },
]
for (const { line, counts } of lines) {
  test(`reads pytest's last line: ${line}`, () => assert.deepEqual(pytestCounts(`....\n${line}\n`), counts))
}

test('without that line there are no counts', () => assert.equal(pytestCounts('ImportError'), undefined))
