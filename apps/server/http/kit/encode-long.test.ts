import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protoJson, strictJson } from '@orrery/base/formats'
import { Type } from 'typebox'
import { encodeLong, longListsIn } from './encode-long.ts'

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
        assert.deepEqual(longListsIn(given), ['items'])
        const pieces = await encodeLong(codec, given, ['items'])
        assert.equal(Buffer.concat(pieces).toString(), codec.encode(given))
        assert.ok(pieces.length > Math.ceil(count / 1_000))
      })
    }
  }
}

test('a list behind another field goes in one piece', async () => {
  const codec = protoJson(Type.Object({}), second)
  const given = { total: 'many', items: list(1_500) }
  const pieces = await encodeLong(codec, given, ['items'])
  assert.deepEqual(
    pieces.map((piece) => piece.toString()),
    [codec.encode(given)],
  )
})

test('others have their turn between the pieces', async () => {
  const codec = protoJson(Type.Object({}), first)
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  const began = encodeLong(codec, { items: list(20_000) }, ['items'])
  await began
  clearInterval(counting)
  assert.ok(turns > 0)
})

const both = Type.Object({ items, others: items, total: Type.Optional(Type.Integer()) })

for (const total of [3, undefined]) {
  for (const [what, json] of Object.entries({ protoJson, strictJson })) {
    test(`two long lists in pieces are what ${what} gives, ${total === undefined ? 'last' : 'and more'}`, async () => {
      const codec = json(Type.Object({}), both)
      const given = { items: list(1_500), others: list(2_001), total }
      const names = longListsIn(given)
      assert.deepEqual(names, ['items', 'others'])
      const pieces = await encodeLong(codec, given, names)
      assert.equal(Buffer.concat(pieces).toString(), codec.encode(given))
      assert.ok(pieces.length > 5)
      // Named in another order than the message has them.
      const whole = await encodeLong(codec, given, names.toReversed())
      assert.deepEqual(whole.map(String), [codec.encode(given)])
    })
  }
}

test('a long list behind a short one goes in one piece', async () => {
  const codec = strictJson(Type.Object({}), both)
  const given = { items: list(2), others: list(1_500), total: 1 }
  const pieces = await encodeLong(codec, given, longListsIn(given))
  assert.deepEqual(pieces.map(String), [codec.encode(given)])
})

test('short lists are not taken apart', () => {
  assert.deepEqual(longListsIn({ items: list(1_000), next: 'x' }), [])
  assert.deepEqual(longListsIn({}), [])
})
