import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { ARCHIVE_LIMITS } from '../limits.ts'
import { archivedOf, indexOf } from '../testing/archive-of.ts'
import { readIndex } from './read-index.ts'

const SOUND = indexOf([
  archivedOf(1, { MLmodel: 'x', 'data/a': 'y' }, { description: 'd' }),
  archivedOf(7, { a: '' }),
])
const bytesOf = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

async function refusalOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.code, 'INVALID_PARAMETER_VALUE')
    return error.message
  }
  return assert.fail('it was taken')
}

test('an index reads the same in place and on a thread', async () => {
  for (const inPlaceBytes of [0, 1_000_000]) {
    assert.deepEqual(await readIndex(bytesOf(SOUND), ARCHIVE_LIMITS, { inPlaceBytes }), SOUND)
  }
  for (const bad of ['{', { ...SOUND, more: 1 }, { ...SOUND, versions: [] }, 'x'.repeat(100)]) {
    const here = await refusalOf(readIndex(bytesOf(bad), ARCHIVE_LIMITS, { inPlaceBytes: 1_000_000 }))
    const there = await refusalOf(readIndex(bytesOf(bad), ARCHIVE_LIMITS, { inPlaceBytes: 0 }))
    assert.equal(there, here)
    assert.match(here, /^orrery-model\.json: /)
  }
})

test('limits go with it to the thread', async () => {
  const refusal = await refusalOf(
    readIndex(bytesOf(SOUND), { ...ARCHIVE_LIMITS, versions: 1 }, { inPlaceBytes: 0 }),
  )
  assert.match(refusal, /more than 1\./)
})

test('an index that was made to take long is given up', async () => {
  const brackets = bytesOf('['.repeat(8_000_000))
  assert.match(await refusalOf(readIndex(brackets, ARCHIVE_LIMITS, { deadlineMs: 1 })), /longer than 1 ms/)
})

test('nobody waits while a long index is read', async () => {
  const files = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}/folder/${i}`, 'x']))
  const bytes = bytesOf(indexOf([archivedOf(1, files)]))
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  const reading = readIndex(bytes, ARCHIVE_LIMITS)
  const { versions } = await reading
  clearInterval(ticking)
  assert.equal(versions[0]!.files.length, 5000)
  assert.ok(turns > 10, `${turns} turns of the loop`)
})
