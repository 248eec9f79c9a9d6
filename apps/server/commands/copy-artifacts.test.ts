import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type RecordedFile, storeKeyOf } from '@orrery/domain/tracking'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import { catchUp, copyArtifacts } from './copy-artifacts.ts'

const rowOf = (path: string, text: string): RecordedFile => ({
  workspace_key: 1,
  root: '0/r/artifacts',
  path,
  size: text.length,
  sha256: createHash('sha256').update(text).digest('hex'),
})

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

test('what changes between the files and the rows of a backup', async () => {
  const root = await mkdtemp(join(tmpdir(), 'orrery-catch-up-'))
  const from = await openLocalArtifactStore(join(root, 'from'))
  const to = await openLocalArtifactStore(join(root, 'to'))
  const put = (path: string, text: string) => from.write(storeKeyOf(rowOf(path, text)), body(text))
  const drop = (path: string) => from.delete(storeKeyOf(rowOf(path, '')))
  const paths = ['deleted before the rows', 'deleted after the rows', 'kept', 'lost', 'replaced']
  for (const path of paths) await put(path, 'old')
  const copied = await copyArtifacts(from, to)

  await put('new', 'new')
  await drop('deleted before the rows')
  const rows = ['deleted after the rows', 'kept', 'lost', 'replaced'].map((path) => rowOf(path, 'old'))
  const recorded = [...rows, rowOf('new', 'new')]
  // The rows are copied; what comes now only the database that is in use knows.
  await drop('deleted after the rows')
  await put('replaced', 'another')
  const later = new Map([
    ['kept', rowOf('kept', 'old')],
    ['lost', rowOf('lost', 'old')],
    ['new', rowOf('new', 'new')],
    ['replaced', rowOf('replaced', 'another')],
  ])
  await drop('lost')
  copied.delete(storeKeyOf(rowOf('lost', 'old')))
  copied.set(storeKeyOf(rowOf('replaced', 'old')), { size: 4, sha256: 'torn' })
  copied.delete(storeKeyOf(rowOf('deleted after the rows', 'old')))

  const damaged = await catchUp({
    from,
    to,
    copied,
    recorded: (async function* () {
      yield* recorded
    })(),
    now: async ({ path }) => later.get(path),
  })
  assert.deepEqual(damaged, ['1/0/r/artifacts/lost'])
  const inCopy = []
  for await (const { key } of to.walk('')) inCopy.push([key.split('/').at(-1), copied.get(key)?.size])
  assert.deepEqual(Object.fromEntries(inCopy), {
    'deleted before the rows': 3,
    kept: 3,
    new: 3,
    replaced: 7,
  })
  await from.close()
  await to.close()
  await rm(root, { recursive: true })
})
