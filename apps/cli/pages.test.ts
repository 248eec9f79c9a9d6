import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from './pages.ts'

function list(length: number, isTTY = false) {
  const all = Array.from({ length }, (_, i) => i)
  const said: string[] = []
  const sizes: number[] = []
  const context = { say: (text: string) => said.push(text), stdout: { isTTY } } as unknown as Parameters<
    typeof collect
  >[0]
  const read = (most: number, perPage: number) =>
    collect(context, { most, perPage }, async (max, token) => {
      sizes.push(max)
      const from = Number(token ?? 0)
      const to = from + max
      return { items: all.slice(from, to), next: to < length ? String(to) : undefined }
    })
  return { read, said, sizes }
}

test('pages are read until there are enough, and no more than asked for', async () => {
  const { read, sizes } = list(250)
  assert.equal((await read(230, 100)).length, 230)
  assert.deepEqual(sizes, [100, 100, 100])
  assert.deepEqual(
    await read(1000, 100),
    Array.from({ length: 250 }, (_, i) => i),
  )
})

test('a person is told that there is more, a program is not', async () => {
  const person = list(250, true)
  await person.read(100, 100)
  assert.deepEqual(person.said, ['There are more than these 100: --max-results shows them.'])
  await person.read(250, 100)
  assert.equal(person.said.length, 1)
  const program = list(250)
  await program.read(100, 100)
  assert.deepEqual(program.said, [])
})

for (const most of [0, -1, 1.5]) {
  test(`--max-results ${most} is refused`, async () => {
    await assert.rejects(list(1).read(most, 10), { exit: 'USAGE' })
  })
}
