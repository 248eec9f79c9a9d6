import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AttributeCondition, SubscriptionFilter } from '../subscription.ts'
import { checkFilter } from './check-filter.ts'
import { compileFilter, type Matched, spreadTypes } from './compile-filter.ts'

const EVENT: Matched = {
  type: 'stage.changed',
  subject: 'models/fraud/versions/3',
  actor: 'user:Alice',
  reason: null,
  before: { stage: 'Staging' },
  after: {
    stage: 'Production',
    archived: [2, 5],
    version: 3,
    score: '0.91',
    nothing: null,
    tags: { 'mlflow.user': 'bob', 'a.b.c': 'deep' },
  },
}

const matches = (filter: SubscriptionFilter, event = EVENT) =>
  compileFilter(checkFilter(filter)).matches(event)

describe('filters', () => {
  test('an empty one lets everything through', () => assert.ok(matches({})))

  test('types are names of the catalogue or all of a noun', () => {
    assert.ok(matches({ types: ['stage.changed'] }))
    assert.ok(matches({ types: ['run.*', 'stage.*'] }))
    assert.ok(!matches({ types: ['run.*'] }))
    const runs = spreadTypes(['run.*'])
    assert.ok(
      runs.has('run.completed') && !runs.has('run') && ![...runs].some((type) => !type.startsWith('run.')),
    )
  })

  test('subjects are compared letter by letter', () => {
    assert.ok(matches({ subjectBegins: 'models/fraud/', subjectEnds: '/3' }))
    assert.ok(!matches({ subjectBegins: 'Models/' }))
    assert.ok(!matches({ subjectEnds: '/33' }))
  })

  test('all of it must be met', () => {
    const filter = {
      types: ['stage.changed'],
      subjectBegins: 'models/',
      attributes: [at('after.version', 'equals', '4')],
    }
    assert.ok(!matches(filter))
  })
})

const at = (
  field: string,
  operator: AttributeCondition['operator'],
  ...values: string[]
): AttributeCondition => ({ field, operator, values })

describe('conditions', () => {
  const met: AttributeCondition[] = [
    at('actor', 'equals', 'USER:alice'),
    at('reason', 'not-equals', 'anything'),
    at('reason', 'not-in', 'a', 'b'),
    at('before.stage', 'equals', 'staging'),
    at('after.stage', 'in', 'Archived', 'production'),
    at('after.stage', 'begins-with', 'PROD'),
    at('after.stage', 'ends-with', 'ION'),
    at('after.stage', 'contains', 'duct'),
    at('after.version', 'equals', '3'),
    at('after.version', 'less', '4'),
    at('after.version', 'at-most', '3'),
    at('after.version', 'at-least', '3'),
    at('after.score', 'greater', '0.9'),
    at('after.archived', 'equals', '5'),
    at('after.archived', 'not-equals', '3'),
    at('after.tags.mlflow.user', 'equals', 'bob'),
    at('after.tags.a.b.c', 'equals', 'DEEP'),
    at('after.missing', 'not-equals', 'x'),
    at('after.nothing', 'not-in', 'null'),
  ]
  for (const condition of met) {
    test(`${condition.field} ${condition.operator} ${condition.values} is met`, () =>
      assert.ok(matches({ attributes: [condition] })))
  }

  const unmet: AttributeCondition[] = [
    at('reason', 'equals', ''),
    at('reason', 'contains', ''),
    at('after.missing', 'equals', 'undefined'),
    at('after.nothing', 'equals', 'null'),
    at('after.tags', 'equals', '[object Object]'),
    at('after.stage', 'less', '4'),
    at('after.version', 'greater', '3'),
    at('after.archived', 'not-in', '2', '9'),
    at('after.__proto__.constructor.name', 'equals', 'Object'),
    at('after.toString', 'contains', ''),
    // A sharp s and a dotless i are their own letters.
    at('after.stage', 'equals', 'productıon'),
  ]
  for (const condition of unmet) {
    test(`${condition.field} ${condition.operator} ${condition.values} is not met`, () =>
      assert.ok(!matches({ attributes: [condition] })))
  }
})

describe('what is refused', () => {
  const rows: [string, SubscriptionFilter, RegExp][] = [
    ['an unknown type', { types: ['run.exploded'] }, /'filter\.types' names 'run\.exploded'/],
    ['a noun that there is not', { types: ['runs.*'] }, /'runs\.\*'/],
    ['a star alone', { types: ['*'] }, /'\*'/],
    ['a name of every object', { types: ['constructor'] }, /'constructor'/],
    ['no types', { types: [] }, /is empty/],
    ['too many types', { types: Array(201).fill('run.created') }, /201 types; at most 200/],
    ['a long subject', { subjectBegins: 'x'.repeat(513) }, /subject_begins' has 513/],
    [
      'an unknown field',
      { attributes: [at('address', 'equals', 'x')] },
      /attributes\[0\]\.field' is 'address'/,
    ],
    ['no name', { attributes: [at('after.', 'equals', 'x')] }, /field' is 'after\.'/],
    [
      'two values',
      { attributes: [at('actor', 'equals', 'x', 'y')] },
      /has 2 values; 'equals' takes exactly one/,
    ],
    ['no value', { attributes: [at('actor', 'in')] }, /takes one to 25/],
    ['a word as number', { attributes: [at('after.x', 'less', 'many')] }, /takes a number/],
    [
      'an unknown operator',
      { attributes: [at('actor', 'like' as 'in', 'x')] },
      /operator' is 'like'; allowed are equals/,
    ],
    ['too many conditions', { attributes: Array(26).fill(at('actor', 'equals', 'x')) }, /26 conditions/],
  ]
  for (const [what, filter, says] of rows) {
    test(what, () => assert.throws(() => checkFilter(filter), says))
  }
})
