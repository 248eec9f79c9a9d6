import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { firstHash, type LogRow, nextHash } from '../../events/index.ts'
import { ChainChecker, chainStart } from './chain-checker.ts'

const seed = Number(process.env.ORRERY_TEST_SEED ?? 1)

/** A chain as the sequencer writes it, at every second position. */
function chain(length: number): LogRow[] {
  const rows: LogRow[] = []
  let hash = firstHash(1)
  for (let number = 1; number <= length; number++) {
    const row = {
      ...{ position: number * 2, number, event_id: `${number}`, workspace_key: 1, type: 'run.created' },
      ...{ subject: `runs/${number}`, audience: 'experiment', on_key: 1, also: null, actor: 'user:a' },
      ...{
        credential: null,
        reason: null,
        request_id: '',
        address: '',
        at: number,
        before: null,
        after: null,
      },
    }
    hash = nextHash(hash, row)
    rows.push({ ...row, hash })
  }
  return rows
}

function check(rows: readonly LogRow[], written: readonly LogRow[]) {
  const checker = new ChainChecker(chainStart(1), written.length)
  for (const row of rows.toSorted((a, b) => a.position - b.position)) checker.add(row)
  checker.finish(written.at(-1))
  return checker.faults.map(({ kind, position, number }) => ({ kind, position, number }))
}

test('chains of any length verify', () => {
  for (const length of [1, 2, 999, 1_000, 1_001, 2_500]) {
    const rows = chain(length)
    assert.deepEqual(check(rows, rows), [], `${length}`)
  }
})

test('whatever is done to one row of a long chain is found, there and nowhere else', () => {
  const rows = chain(3_000)
  const place = fc.integer({ min: 1, max: rows.length })
  fc.assert(
    fc.property(place, place, fc.constantFrom('change', 'delete', 'insert', 'swap'), (a, b, what) => {
      const [one, other] = [rows[a - 1]!, rows[b - 1]!]
      if (what === 'change') {
        const changed = rows.map((row) => (row === one ? { ...row, actor: 'user:mallory' } : row))
        assert.deepEqual(check(changed, rows), [{ kind: 'changed', position: one.position, number: a }])
      } else if (what === 'delete') {
        const [fault, ...more] = check(
          rows.filter((row) => row !== one),
          rows,
        )
        assert.deepEqual([fault!.kind, more], [a === rows.length ? 'head' : 'missing', []])
        assert.equal(fault!.number, a)
      } else if (what === 'insert') {
        const forged = { ...other, position: one.position + 1, actor: 'user:mallory' }
        const found = check([...rows, forged], rows)
        assert.deepEqual(found, [{ kind: 'added', position: forged.position, number: b }])
      } else if (a !== b && Math.abs(a - b) < 900) {
        const swapped = rows.map((row) => {
          if (row === one) return { ...row, position: other.position }
          return row === other ? { ...row, position: one.position } : row
        })
        const found = check(swapped, rows).map(({ position }) => position)
        assert.deepEqual(
          found.toSorted((x, y) => x - y),
          [one.position, other.position].toSorted((x, y) => x - y),
        )
      }
    }),
    { numRuns: 60, seed },
  )
})

test('rows that changed places far from each other are found where they stand', () => {
  const rows = chain(3_000)
  const swapped = rows.map((row) => {
    if (row.number === 100) return { ...row, position: 5_000 }
    return row.number === 2_500 ? { ...row, position: 200 } : row
  })
  const found = check(swapped, rows)
  assert.deepEqual(found.map(({ kind, position }) => `${kind} ${position}`).sort(), [
    'reordered 200',
    'reordered 5000',
  ])
})

test('no more than a hundred faults are told', () => {
  const rows = chain(500)
  const changed = rows.map((row) => ({ ...row, actor: 'user:mallory' }))
  assert.equal(check(changed, rows).length, 100)
})
