import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fields } from '@orrery/base/contract'
import { compileReader, compileWriter } from './doubles.ts'

const { double, int64, list, maybe, message, orNull, text } = fields
const Point = message({ key: text(), value: double(), step: int64() })
const Batch = message({ id: text(), points: maybe(list(Point)), means: list(orNull(double())) })

test('a message without doubles is not walked at all', () => {
  assert.equal(compileReader(message({ a: text(), b: list(message({ c: int64() })) })), undefined)
})

test('names become numbers where the field is a double, and nowhere else', () => {
  const told = {
    id: 'NaN',
    points: [{ key: 'Infinity', value: '-Infinity', step: 1 }],
    means: ['NaN', null, 2],
  }
  assert.deepEqual(compileReader(Batch)!(told), {
    id: 'NaN',
    points: [{ key: 'Infinity', value: -Infinity, step: 1 }],
    means: [Number.NaN, null, 2],
  })
})

test('what the caller gave stays as it was', () => {
  const given = {
    id: 'a',
    points: [
      { key: 'k', value: Number.NaN, step: 0 },
      { key: 'k', value: 1, step: 1 },
    ],
    means: [],
  }
  const written = compileWriter(Batch)!(given) as typeof given
  assert.deepEqual(written.points[0], { key: 'k', value: 'NaN', step: 0 })
  assert.equal(written.points[1], given.points[1], 'what needs no change is not copied')
  assert.ok(Number.isNaN(given.points[0]!.value))
})

test('a message with nothing to change is given back itself', () => {
  const given = { id: 'a', points: [{ key: 'k', value: 1, step: 0 }], means: [1, null] }
  assert.equal(compileWriter(Batch)!(given), given)
})

test('what does not fit the schema is left to the server', () => {
  const given = { points: 'none', means: { a: Number.NaN } }
  assert.equal(compileWriter(Batch)!(given), given)
})
