import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { someFolder } from '../testing/type.ts'
import { downloadAll, type RemoteFile } from './download-all.ts'

const never = new AbortController().signal
const fileOf = (path: string, text = path): RemoteFile => ({
  path,
  open: async () => new Blob([text]).stream(),
})
const everythingIn = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort()

test('files appear in their folders, and nothing else', async () => {
  const folder = someFolder()
  const files = Array.from({ length: 30 }, (_, i) => fileOf(`d${i % 3}/f${i}`))
  assert.equal(await downloadAll(folder, files, { force: false, signal: never }), 30)
  assert.equal(readFileSync(join(folder, 'd1/f1'), 'utf8'), 'd1/f1')
  assert.equal(everythingIn(folder).length, 33)
})

for (const path of ['../x', 'a/../../x', '/etc/x', 'a//x', './x', 'a/.', '', 'c:x', 'C:/x', 'a\0b']) {
  test(`a server that names ${JSON.stringify(path)} writes nothing`, async () => {
    const outer = someFolder()
    const folder = join(outer, 'inner')
    mkdirSync(folder)
    await assert.rejects(downloadAll(folder, [fileOf(path)], { force: true, signal: never }), {
      exit: 'FAULT',
    })
    assert.deepEqual(everythingIn(outer), ['inner'])
  })
}

test('nothing is written through a link that leads out of the folder', async () => {
  const outside = someFolder()
  const folder = someFolder()
  symlinkSync(outside, join(folder, 'out'))
  await assert.rejects(downloadAll(folder, [fileOf('out/x')], { force: true, signal: never }), /is a link/)
  assert.deepEqual(everythingIn(outside), [])
})

test('a link in the place of a file is replaced, not followed', async () => {
  const outside = join(someFolder(), 'precious')
  writeFileSync(outside, 'mine')
  const folder = someFolder()
  symlinkSync(outside, join(folder, 'x'))
  await assert.rejects(downloadAll(folder, [fileOf('x')], { force: false, signal: never }), { exit: 'STATE' })
  await downloadAll(folder, [fileOf('x')], { force: true, signal: never })
  assert.equal(readFileSync(outside, 'utf8'), 'mine')
  assert.equal(readFileSync(join(folder, 'x'), 'utf8'), 'x')
})

test('the signal in the middle of a file leaves no half of it, and the file that was there before', async () => {
  const folder = someFolder()
  writeFileSync(join(folder, 'big'), 'before')
  const stop = new AbortController()
  const endless: RemoteFile = {
    path: 'big',
    open: async () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new Uint8Array(65_536))
          if (
            existsSync(join(folder, 'small')) &&
            readdirSync(folder).some((name) => name.startsWith('.big.part-'))
          ) {
            stop.abort(new Error('interrupted'))
          }
        },
      }),
  }
  await assert.rejects(
    downloadAll(folder, [endless, fileOf('small')], { force: true, signal: stop.signal }),
    /interrupted/,
  )
  assert.deepEqual(everythingIn(folder), ['big', 'small'])
  assert.equal(readFileSync(join(folder, 'big'), 'utf8'), 'before')
})

test('a connection that breaks leaves no half file and ends the others', async () => {
  const folder = someFolder()
  let cancelled = 0
  const broken: RemoteFile = {
    path: 'broken',
    open: async () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.error(new Error('the wire was cut'))
        },
      }),
  }
  const waiting: RemoteFile = {
    path: 'waiting',
    open: async () =>
      new ReadableStream<Uint8Array>({
        cancel() {
          cancelled++
        },
      }),
  }
  await assert.rejects(
    downloadAll(folder, [waiting, broken], { force: false, signal: never }),
    /the wire was cut/,
  )
  assert.equal(cancelled, 1)
  assert.deepEqual(everythingIn(folder), [])
})
