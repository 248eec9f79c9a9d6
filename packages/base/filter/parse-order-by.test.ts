import assert from 'node:assert/strict'
import test from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { EXPERIMENTS, type OrderKey, parseOrderBy, RUNS, refuseTwice, type Vocabulary } from './index.ts'

const reads: [entry: string, vocabulary: Vocabulary, key: OrderKey][] = [
  ['metrics.a', RUNS, { entity: 'metric', name: 'a', descending: false }],
  ['metrics.`a b` DESC', RUNS, { entity: 'metric', name: 'a b', descending: true }],
  ['  params."x" asc ', RUNS, { entity: 'param', name: 'x', descending: false }],
  ['`metrics.a` desc', RUNS, { entity: 'metric', name: 'a', descending: true }],
  ['`metrics`.a', RUNS, { entity: 'metric', name: 'a', descending: false }],
  ['tags.desc', RUNS, { entity: 'tag', name: 'desc', descending: false }],
  ['Created DESC', RUNS, { entity: 'attribute', name: 'start_time', descending: true }],
  ['last_update_time DESC', EXPERIMENTS, { entity: 'attribute', name: 'last_update_time', descending: true }],
]

for (const [entry, vocabulary, key] of reads) {
  test(`order_by ${entry}`, () => assert.deepEqual(parseOrderBy([entry], vocabulary), [key]))
}

const refuses: [entries: string[], vocabulary: Vocabulary, message: RegExp][] = [
  [['metrics.x; DELETE'], RUNS, /cannot follow 'x'/],
  [['metrics.x DESCENDING'], RUNS, /expected ASC, DESC or the end/],
  [['metrics.x DESC NULLS LAST'], RUNS, /expected ASC, DESC or the end/],
  [['dataset.name'], RUNS, /cannot be sorted by/],
  [['`Run name`'], RUNS, /cannot be sorted by/],
  [['tags.a'], EXPERIMENTS, /cannot be sorted by/],
  [[''], RUNS, /expected metrics/],
  [Array(51).fill('metrics.a'), RUNS, /at most 50/],
]

for (const [entries, vocabulary, message] of refuses) {
  test(`refuses order_by ${JSON.stringify(entries).slice(0, 60)}`, () => {
    assert.throws(
      () => parseOrderBy(entries, vocabulary),
      (e) => e instanceof Problem && e.code === 'INVALID_PARAMETER_VALUE' && message.test(e.message),
    )
  })
}

test('a key that is named twice is refused, under any of its names', () => {
  const keys = parseOrderBy(['start_time', 'attributes.created DESC'], RUNS)
  assert.throws(() => refuseTwice(keys), /'attribute.start_time' is named twice/)
})
