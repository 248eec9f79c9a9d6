import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentOf } from './moment.ts'

const NOW = 1_700_000_000_000

test('how long ago, a day, a time with and without a zone, and milliseconds', () => {
  assert.equal(momentOf('since', '30m', NOW), NOW - 1_800_000)
  assert.equal(momentOf('since', '7d', NOW), NOW - 604_800_000)
  assert.equal(momentOf('since', '2026-11-21T08:00:00Z'), Date.UTC(2026, 10, 21, 8))
  assert.equal(momentOf('since', '2026-11-21'), new Date(2026, 10, 21).getTime())
  assert.equal(momentOf('since', '2026-11-21T08:00'), new Date(2026, 10, 21, 8).getTime())
  assert.equal(momentOf('since', '1700000000000'), NOW)
  assert.equal(momentOf('since', undefined), undefined)
})

for (const text of ['yesterday', '7', '7y', '', '2026-13-45', '-3d']) {
  test(`'${text}' is no time, and the option is named`, () => {
    assert.throws(() => momentOf('since', text), {
      exit: 'USAGE',
      message: `--since is '${text}', which is no time.`,
    })
  })
}
