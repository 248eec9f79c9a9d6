import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protoJson, strictJson } from '@orrery/base/formats'
import { Type } from 'typebox'
import { encodeLong, longListIn } from './encode-long.ts'

const items = Type.Array(Type.Object({ name: Type.String(), note: Type.Optional(Type.String()) }))
const first = Type.Object({ items, next: Type.Optional(Type.String()) })
const second = Type.Object({ total: Type.Optional(Type.String()), items })

const list = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ name: `ä ${n}]},`, ...(n % 2 ? { note: '"[' } : {}) }))

for (const count of [1_001, 2_000, 2_500]) {
  for (const next of ['token]', undefined]) {
    for (const [what, json] of Object.entries({ protoJson, strictJson })) {
      test(`${count} items in pieces are what ${what} gives, ${next === undefined ? 'last' : 'and more'}`, async () => {
        const codec = json(Type.Object({}), first)
        const given = { items: list(count), next }
        assert.equal(longListIn(given), 'items')
        const pieces = await encodeLong(codec, given, 'items')
        assert.equal(Buffer.concat(pieces).toString(), codec.encode(given))
        assert.equal(pieces.length, Math.ceil(count / 1_000) + 1)
      })
    }
  }
}

test('a list behind another field goes in one piece', async () => {
  const codec = protoJson(Type.Object({}), second)
  const given = { total: 'many', items: list(1_500) }
  const pieces = await encodeLong(codec, given, 'items')
  assert.deepEqual(
    pieces.map((piece) => piece.toString()),
    [codec.encode(given)],
  )
})

test('others have their turn between the pieces', async () => {
  const codec = protoJson(Type.Object({}), first)
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  const began = encodeLong(codec, { items: list(20_000) }, 'items')
  await began
  clearInterval(counting)
  assert.ok(turns > 0)
})

test('short lists, and several long ones, are not taken apart', () => {
  assert.equal(longListIn({ items: list(1_000), next: 'x' }), undefined)
  assert.equal(longListIn({ items: list(1_001), others: list(1_001) }), undefined)
  assert.equal(longListIn({}), undefined)
})
