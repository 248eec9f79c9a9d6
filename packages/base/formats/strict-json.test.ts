import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldSchema, strictJson } from './index.ts'

const takes: FieldSchema = {
  type: 'object',
  properties: {
    key: { type: 'string' },
    steps: { type: 'array', items: { type: 'integer', format: 'int64' } },
    deep: { type: 'boolean' },
    kind: { type: 'string', enum: ['a', 'b'] },
  },
  required: ['key'],
}
const codec = strictJson(takes, takes)
const decode = (json: string) => codec.decode({ body: new TextEncoder().encode(json) })

test('reads what fits', () => {
  assert.deepEqual(
    { ...decode('{"key":"","steps":[1],"deep":true,"kind":"b"}') },
    {
      key: '',
      steps: [1],
      deep: true,
      kind: 'b',
    },
  )
})

const refusals = [
  {
    name: 'an unknown field, by its name',
    json: '{"key":"a","kye":1}',
    says: "Unknown field 'kye'. It takes key, steps, deep, kind.",
  },
  { name: 'a missing field', json: '{}', says: "The field 'key' is required." },
  {
    name: 'a number as text',
    json: '{"key":"a","steps":["1"]}',
    says: `The field 'steps[0]' must be a whole number below 2^53, not "1".`,
  },
  {
    name: 'an integer that was rounded',
    json: '{"key":"a","steps":[9007199254740993]}',
    says: /'steps\[0\]' must be a whole number/,
  },
  {
    name: 'a word outside the set',
    json: '{"key":"a","kind":"c"}',
    says: `The field 'kind' must be one of a, b, not "c".`,
  },
  { name: 'no object', json: '[]', says: 'The request body must be a JSON object, not [].' },
  { name: '__proto__', json: '{"key":"a","__proto__":{}}', says: /Unknown field '__proto__'/ },
]
for (const { name, json, says } of refusals) {
  test(`refuses ${name}`, () => assert.throws(() => decode(json), { message: says }))
}

test('numbers, flags and lists in a query are read from text', () => {
  const query = new Map([
    ['key', ['7']],
    ['steps', ['1', '2']],
    ['deep', ['false']],
  ])
  assert.deepEqual({ ...codec.decode({ query }) }, { key: '7', steps: [1, 2], deep: false })
})

test('a field given twice is refused', () => {
  assert.throws(() => codec.decode({ query: new Map([['key', ['a', 'b']]]) }), /given 2 times/)
  assert.throws(
    () => codec.decode({ params: { key: 'a' }, body: new TextEncoder().encode('{"key":"b"}') }),
    /'key' is given twice/,
  )
})
