import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { artifactStoreSuite } from '../artifact-store.suite.ts'
import type { ArtifactStore } from '../artifact-store.ts'
import { openLocalArtifactStore } from './index.ts'

interface Opened extends ArtifactStore, AsyncDisposable {
  readonly root: string
}

async function openTemporary(): Promise<Opened> {
  const root = await mkdtemp(join(tmpdir(), 'orrery-artifacts-'))
  const store = await openLocalArtifactStore(root)
  return {
    ...store,
    root,
    async [Symbol.asyncDispose]() {
      for (const bench of await readdir(join(root, '.tmp'))) {
        assert.deepEqual(await readdir(join(root, '.tmp', bench)), [], 'no half file is left')
      }
      await store.close()
      assert.deepEqual(await readdir(join(root, '.tmp')), [])
      await rm(root, { recursive: true })
    },
  }
}

artifactStoreSuite('local files', openTemporary)

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const isMissing = (error: unknown) => error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST'
const isConflict = (error: unknown) => error instanceof Problem && error.code === 'RESOURCE_CONFLICT'

test('local files: a planted link is never followed', async () => {
  await using store = await openTemporary()
  const outside = await mkdtemp(join(tmpdir(), 'orrery-outside-'))
  await writeFile(join(outside, 'secret'), 'secret')
  await store.write('1/inside', bytes('x'))
  await symlink(outside, join(store.root, '1/folder'))
  await symlink(join(outside, 'secret'), join(store.root, '1/link'))
  await symlink('inside', join(store.root, '1/near'))

  for (const key of ['1/link', '1/folder/secret', '1/near']) await assert.rejects(store.open(key), isMissing)
  assert.deepEqual(
    (await store.list('1', { limit: 9 })).entries.map((e) => e.name),
    ['inside'],
  )
  assert.deepEqual(await store.list('1/folder', { limit: 9 }), { entries: [] })
  await assert.rejects(store.write('1/folder/new', bytes('x')), isConflict)
  await assert.rejects(store.write('1/folder/deep/new', bytes('x')), isConflict)
  assert.equal(await store.delete('1/folder/secret'), false)
  assert.equal(await store.delete('1/link'), false)
  await store.write('1/link', bytes('in the place of the link'))
  await store.deleteFolder('1', { limit: 100 })

  assert.deepEqual(await readdir(outside), ['secret'])
  assert.equal((await stat(join(outside, 'secret'))).size, 6)
  await rm(outside, { recursive: true })
})

test('local files: a FIFO in the tree is not there, and hangs nobody', async () => {
  await using store = await openTemporary()
  await mkdir(join(store.root, '1'))
  execFileSync('mkfifo', [join(store.root, '1/pipe')])
  await assert.rejects(store.open('1/pipe'), isMissing)
  assert.equal(await store.stat('1/pipe'), undefined)
  assert.deepEqual(await store.list('1', { limit: 9 }), { entries: [] })
})

test('local files: only the owner of the process can read what is stored', async () => {
  await using store = await openTemporary()
  await store.write('1/a/f', bytes('x'))
  assert.equal((await stat(join(store.root, '1/a/f'))).mode & 0o777, 0o600)
  assert.equal((await stat(join(store.root, '1/a'))).mode & 0o777, 0o700)
})

test('local files: half files of a dead process are removed at the start, those of a living one stay', async () => {
  await using store = await openTemporary()
  const dead = join(store.root, '.tmp', `${hostname()}~999999999~x`)
  const elsewhere = join(store.root, '.tmp', 'elsewhere~1~x')
  for (const folder of [dead, elsewhere]) {
    await mkdir(folder)
    await writeFile(join(folder, '1'), 'half')
  }
  const second = await openLocalArtifactStore(store.root)
  const left = await readdir(join(store.root, '.tmp'))
  assert.ok(!left.includes(dead.slice(dead.lastIndexOf('/') + 1)))
  assert.ok(left.includes('elsewhere~1~x'))
  await store.write('1/f', bytes('still works'))
  await second.close()
  await rm(elsewhere, { recursive: true })
})
