import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { protoJson } from './proto-json.ts'
import { strictJson } from './strict-json.ts'

const takes = Type.Object({})
const gives = Type.Object({ names: Type.Array(Type.String()), next: Type.Optional(Type.String()) })

test('a list without items is left out for MLflow unless marked, and written for our own routes', () => {
  const answer = { names: [], next: undefined }
  assert.equal(protoJson(takes, gives).encode(answer), '{}')
  const marked = Type.Object({ names: Type.Array(Type.String(), { evenEmpty: true }) })
  assert.equal(protoJson(takes, marked).encode(answer), '{"names":[]}')
  assert.equal(strictJson(takes, gives).encode(answer), '{"names":[]}')
})
