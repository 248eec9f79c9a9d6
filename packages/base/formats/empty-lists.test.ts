import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { protoJson } from './proto-json.ts'
import { strictJson } from './strict-json.ts'

const takes = Type.Object({})
const gives = Type.Object({ names: Type.Array(Type.String()), next: Type.Optional(Type.String()) })

test('a list without items is left out for MLflow and written for our own routes', () => {
  const answer = { names: [], next: undefined }
  assert.equal(protoJson(takes, gives).encode(answer), '{}')
  assert.equal(strictJson(takes, gives).encode(answer), '{"names":[]}')
})
