import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { anchorFaults, anchorNames, keepAnchor, parseAnchor } from './anchor-file.ts'
import { anchorOf } from './write-anchor.ts'

function testFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'orrery-anchors-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

const HASH = 'a'.repeat(64)
const heads = (position: number, hash = HASH) => [
  { workspaceKey: 1, workspace: 'default', number: position, position, hash },
]
const at = (day: number) => Date.UTC(2026, 10, day)

test('files are named by day and position, in that order, for their owner only', async () => {
  using folder = testFolder()
  const { path } = folder
  for (const [day, position] of [
    [22, 5],
    [21, 100],
    [21, 20],
  ] as const) {
    await keepAnchor(path, anchorOf(heads(position), at(day)))
  }
  await writeFile(join(path, 'notes.txt'), '')
  await mkdir(join(path, '2026-11-21'))
  assert.deepEqual(await anchorNames(path), [
    '2026-11-21-20.json',
    '2026-11-21-100.json',
    '2026-11-22-5.json',
  ])
  assert.equal((await stat(join(path, '2026-11-21-20.json'))).mode & 0o777, 0o600)
  assert.deepEqual(await anchorNames(join(path, 'nowhere')), [])
})

test('what was written is never overwritten: the same is kept, another gets another name', async () => {
  using folder = testFolder()
  const { path } = folder
  const first = await keepAnchor(path, anchorOf(heads(5), at(21)))
  const same = await keepAnchor(path, anchorOf(heads(5), at(21) + 60_000))
  assert.deepEqual([same.file, same.digest, same.isNew], [first.file, first.digest, false])
  const restored = await keepAnchor(path, anchorOf(heads(5, 'b'.repeat(64)), at(21)))
  assert.deepEqual([restored.file, restored.isNew], ['2026-11-21-5-2.json', true])
  assert.equal(restored.anchor.previous, first.digest)
  assert.deepEqual(await anchorNames(path), ['2026-11-21-5.json', '2026-11-21-5-2.json'])
})

test('a file that a power cut has broken off stands in nobody’s way', async () => {
  using folder = testFolder()
  const { path } = folder
  await writeFile(join(path, '2026-11-21-5.json'), '{"format":')
  const { file, anchor } = await keepAnchor(path, anchorOf(heads(5), at(21)))
  assert.equal(file, '2026-11-21-5-2.json')
  assert.match(anchor.previous!, /^[0-9a-f]{64}$/)
  assert.deepEqual(parseAnchor(await readFile(join(path, file), 'utf8')), anchor)
})

test('a file that was changed or taken away is missed by the one behind it', async () => {
  using folder = testFolder()
  const { path } = folder
  for (const day of [21, 22, 23]) await keepAnchor(path, anchorOf(heads(day), at(day)))
  assert.deepEqual(await anchorFaults(path), [])
  const middle = join(path, '2026-11-22-22.json')
  const text = await readFile(middle, 'utf8')
  await writeFile(middle, text.replace(HASH, 'b'.repeat(64)))
  const changed = await anchorFaults(path)
  assert.equal(changed.length, 1)
  assert.match(changed[0]!, /^2026-11-23-23\.json does not name 2026-11-22-22\.json as it is/)
  await rm(middle)
  assert.match(
    (await anchorFaults(path))[0]!,
    /^2026-11-23-23\.json does not name 2026-11-21-21\.json as it is/,
  )
  await writeFile(middle, 'x')
  assert.match((await anchorFaults(path))[0]!, /2026-11-22-22\.json is no anchor file/)
})
