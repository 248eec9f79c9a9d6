import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import {
  MODEL_VERSIONS,
  parseFilter,
  parseOrderBy,
  REGISTERED_MODELS,
  splitPrompts,
  type Vocabulary,
} from './index.ts'

const read = (text: string, vocabulary: Vocabulary) =>
  parseFilter(text, vocabulary).map(({ at: _, ...clause }) => clause)

const reads: [filter: string, vocabulary: Vocabulary, clause: object][] = [
  ["name = 'a'", REGISTERED_MODELS, { entity: 'attribute', name: 'name', op: '=', value: 'a' }],
  [
    "attribute.name ilike 'A%'",
    REGISTERED_MODELS,
    { entity: 'attribute', name: 'name', op: 'ILIKE', value: 'A%' },
  ],
  [
    "name IN ('a', 'b')",
    REGISTERED_MODELS,
    { entity: 'attribute', name: 'name', op: 'IN', values: ['a', 'b'] },
  ],
  [
    "name NOT IN ('a')",
    REGISTERED_MODELS,
    { entity: 'attribute', name: 'name', op: 'NOT IN', values: ['a'] },
  ],
  ["tag.`a b` != 'x'", REGISTERED_MODELS, { entity: 'tag', name: 'a b', op: '!=', value: 'x' }],
  ["tags.x LIKE 'a%'", MODEL_VERSIONS, { entity: 'tag', name: 'x', op: 'LIKE', value: 'a%' }],
  [
    "run_id IN ('a','b')",
    MODEL_VERSIONS,
    { entity: 'attribute', name: 'run_id', op: 'IN', values: ['a', 'b'] },
  ],
  ["run_id LIKE 'a%'", MODEL_VERSIONS, { entity: 'attribute', name: 'run_id', op: 'LIKE', value: 'a%' }],
  ["source_path = 's'", MODEL_VERSIONS, { entity: 'attribute', name: 'source_path', op: '=', value: 's' }],
  [
    'version_number >= 5',
    MODEL_VERSIONS,
    { entity: 'attribute', name: 'version_number', op: '>=', value: 5 },
  ],
  [
    "version_number = '5'",
    MODEL_VERSIONS,
    { entity: 'attribute', name: 'version_number', op: '=', value: 5 },
  ],
]

for (const [filter, vocabulary, clause] of reads) {
  test(`${vocabulary.of}: ${filter}`, () => assert.deepEqual(read(filter, vocabulary), [clause]))
}

const refuses: [filter: string, vocabulary: Vocabulary, message: RegExp][] = [
  ["attributes.name = 'a'", REGISTERED_MODELS, /'attributes' is not a kind/],
  ["attr.name = 'a'", MODEL_VERSIONS, /'attr' is not a kind/],
  ['metrics.a > 1', MODEL_VERSIONS, /'metrics' is not a kind/],
  ["name > 'a'", REGISTERED_MODELS, /compared with|cannot be asked/],
  ['name = 5', REGISTERED_MODELS, /compared with text/],
  ['tags.x = 5', MODEL_VERSIONS, /compared with text/],
  ['tags.x IS NULL', MODEL_VERSIONS, /cannot be asked/],
  ["tags.x IN ('a')", REGISTERED_MODELS, /cannot be asked/],
  ["run_id = 'a'", REGISTERED_MODELS, /'run_id' is not an attribute of registered models/],
  ["current_stage = 'Production'", MODEL_VERSIONS, /'current_stage' is not an attribute/],
  ['timestamp > 5', REGISTERED_MODELS, /only sorted by/],
  ['creation_timestamp > 5', MODEL_VERSIONS, /'creation_timestamp' cannot be asked for.*only sorted by/],
  ['version_number = 5.5', MODEL_VERSIONS, /whole number/],
  ["version_number = '5.5'", MODEL_VERSIONS, /whole number/],
  ["version_number = ''", MODEL_VERSIONS, /whole number/],
  ["version_number = 'x'", MODEL_VERSIONS, /whole number, given x/],
  [`version_number = '${'9'.repeat(400)}'`, MODEL_VERSIONS, /too large/],
  ["version_number LIKE '5'", MODEL_VERSIONS, /cannot be asked/],
  ["version_number IN ('1')", MODEL_VERSIONS, /cannot be asked/],
  ["source_path IN ('s')", MODEL_VERSIONS, /cannot be asked/],
]

for (const [filter, vocabulary, message] of refuses) {
  test(`refuses ${filter.slice(0, 60)} for ${vocabulary.of}`, () => {
    assert.throws(
      () => parseFilter(filter, vocabulary),
      (e) => e instanceof Problem && e.code === 'INVALID_PARAMETER_VALUE' && message.test(e.message),
    )
  })
}

test('what can only be sorted by is not offered to a filter', () => {
  assert.throws(
    () => parseFilter('last_updated_timestamp > 1', MODEL_VERSIONS),
    (e) => e instanceof Problem && e.hint === 'Allowed: name, version_number, run_id, source_path.',
  )
  assert.throws(
    () => parseFilter("version = '3'", MODEL_VERSIONS),
    (e) => e instanceof Problem && e.hint === 'Allowed: name, version_number, run_id, source_path.',
  )
})

test('what can only be asked for is not offered to an order', () => {
  assert.throws(
    () => parseOrderBy(['version'], MODEL_VERSIONS),
    (e) =>
      e instanceof Problem &&
      e.hint === 'Allowed: name, version_number, creation_timestamp, last_updated_timestamp.',
  )
})

const orders: [entry: string, vocabulary: Vocabulary, name: string, descending: boolean][] = [
  ['name', REGISTERED_MODELS, 'name', false],
  ['timestamp DESC', REGISTERED_MODELS, 'last_updated_timestamp', true],
  ['last_updated_timestamp', REGISTERED_MODELS, 'last_updated_timestamp', false],
  ['version_number DESC', MODEL_VERSIONS, 'version_number', true],
  ['attribute.creation_timestamp desc', MODEL_VERSIONS, 'creation_timestamp', true],
  ['`name`', MODEL_VERSIONS, 'name', false],
]

for (const [entry, vocabulary, name, descending] of orders) {
  test(`order_by ${entry} of ${vocabulary.of}`, () => {
    assert.deepEqual(parseOrderBy([entry], vocabulary), [{ entity: 'attribute', name, descending }])
  })
}

const unsortable: [entry: string, vocabulary: Vocabulary][] = [
  ['creation_timestamp', REGISTERED_MODELS],
  ['version_number', REGISTERED_MODELS],
  ['tags.x', REGISTERED_MODELS],
  ['timestamp', MODEL_VERSIONS],
  ['run_id', MODEL_VERSIONS],
  ['source_path', MODEL_VERSIONS],
  ['tags.x', MODEL_VERSIONS],
]

for (const [entry, vocabulary] of unsortable) {
  test(`${vocabulary.of} cannot be sorted by ${entry}`, () => {
    assert.throws(
      () => parseOrderBy([entry], vocabulary),
      (e) => e instanceof Problem && e.code === 'INVALID_PARAMETER_VALUE',
    )
  })
}

const TAG = 'tags.`mlflow.prompt.is_prompt`'

const splits: [filter: string, prompts: boolean, left: number][] = [
  ['', false, 0],
  ["name = 'a'", false, 1],
  [`${TAG} = 'true'`, true, 1],
  [`tag.mlflow.prompt.is_prompt = 'True' AND name = 'a'`, true, 2],
  [`${TAG} != 'false'`, true, 1],
  [`${TAG} != 'true' AND name = 'a'`, false, 1],
  [`${TAG} = 'false'`, false, 0],
  [`${TAG} LIKE 'tr%'`, false, 0],
  [`${TAG} = 'false' AND ${TAG} = 'true'`, false, 0],
  [`${TAG} = 'true' AND ${TAG} = 'false'`, true, 2],
  ["tags.other = 'true'", false, 1],
]

for (const [filter, prompts, left] of splits) {
  test(`${filter === '' ? 'no filter' : filter} asks for ${prompts ? 'prompts' : 'models'}`, () => {
    const split = splitPrompts(parseFilter(filter, REGISTERED_MODELS))
    assert.deepEqual([split.prompts, split.filter.length], [prompts, left])
  })
}
