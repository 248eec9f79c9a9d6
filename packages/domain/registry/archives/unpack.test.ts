import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as letOthers } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Problem } from '@orrery/base/kernel'
import { collected, inPieces } from '../testing/raw-tar.ts'
import { unpack } from './unpack.ts'

const RATIO = 100
const MEGABYTE = 1024 * 1024
const TEXT = Buffer.from('some bytes of a tar file '.repeat(5000))

const unpacked = async (bytes: Uint8Array, pieces: number) => {
  const out = await collected(unpack(inPieces(bytes, pieces), RATIO))
  return out
}

const refusedWith = (says: string) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error))
  assert.equal(error.code, 'INVALID_PARAMETER_VALUE')
  assert.ok(error.message.includes(says), error.message)
  return true
}

for (const pieces of [1, 1000, 100_000_000]) {
  test(`plain and packed bytes come as they are, in pieces of ${pieces} bytes`, async () => {
    assert.ok((await unpacked(TEXT, pieces)).equals(TEXT))
    assert.ok((await unpacked(gzipSync(TEXT), pieces)).equals(TEXT))
    // Two packed streams in a row are one: `cat a.gz b.gz`.
    assert.ok(
      (await unpacked(Buffer.concat([gzipSync(TEXT), gzipSync('more')]), pieces)).equals(
        Buffer.concat([TEXT, Buffer.from('more')]),
      ),
    )
  })

  const refusals: readonly { it: string; bytes: Buffer; says: string }[] = [
    { it: 'nothing', bytes: Buffer.alloc(0), says: 'is empty' },
    { it: 'nothing, packed', bytes: gzipSync(''), says: 'is empty' },
    { it: 'zip', bytes: Buffer.from('PK\x03\x04 and more'), says: 'is a zip file' },
    { it: 'an empty zip', bytes: Buffer.from('PK\x05\x06'), says: 'is a zip file' },
    { it: 'zip in gzip', bytes: gzipSync('PK\x03\x04 and more'), says: 'is a zip file' },
    { it: 'bzip2', bytes: Buffer.from('BZh91AY&SY'), says: 'packed with bzip2' },
    { it: 'xz', bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]), says: 'packed with xz' },
    { it: 'zstd', bytes: zstdCompressSync('text'), says: 'packed with zstd' },
    { it: 'gzip of gzip', bytes: gzipSync(gzipSync(TEXT)), says: 'packed twice' },
    { it: 'gzip cut off', bytes: gzipSync(TEXT).subarray(0, 100), says: 'cannot be unpacked' },
    { it: 'gzip without its last bytes', bytes: gzipSync(TEXT).subarray(0, -4), says: 'cannot be unpacked' },
    { it: 'gzip and no more than its name', bytes: Buffer.from([0x1f, 0x8b]), says: 'cannot be unpacked' },
    {
      it: 'gzip with a wrong sum',
      bytes: Buffer.concat([gzipSync(TEXT).subarray(0, -8), Buffer.alloc(8, 1)]),
      says: 'cannot be unpacked',
    },
    {
      it: 'bytes behind gzip',
      bytes: Buffer.concat([gzipSync(TEXT), Buffer.from('and more')]),
      says: 'cannot be unpacked',
    },
    {
      it: 'zeros behind gzip',
      bytes: Buffer.concat([gzipSync(TEXT), Buffer.alloc(3)]),
      says: 'goes on behind',
    },
    {
      it: 'many zeros behind gzip',
      bytes: Buffer.concat([gzipSync(TEXT), Buffer.alloc(300_000)]),
      says: 'goes on behind',
    },
    { it: 'a bomb', bytes: gzipSync(Buffer.alloc(8 * MEGABYTE)), says: 'more than 100 times' },
  ]
  for (const { it, bytes, says } of refusals) {
    if (pieces === 1 && bytes.byteLength > 200_000) continue
    test(`refused: ${it}, in pieces of ${pieces} bytes`, { timeout: 120_000 }, async () => {
      await assert.rejects(unpacked(bytes, pieces), refusedWith(says))
    })
  }
}

test('a bomb is stopped when it begins to grow', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * MEGABYTE))
  let out = 0
  await assert.rejects(async () => {
    for await (const chunk of unpack(inPieces(bomb, 1000), RATIO)) out += chunk.byteLength
  }, refusedWith('more than 100 times'))
  assert.ok(out < 2 * MEGABYTE, String(out))
})

test('a little file of zeros is none', async () => {
  assert.equal((await unpacked(gzipSync(Buffer.alloc(MEGABYTE)), 1000)).byteLength, MEGABYTE)
})

for (const packed of [false, true]) {
  test(`what the source breaks off with comes through as it is${packed ? ', packed' : ''}`, async () => {
    const bytes = packed ? gzipSync(TEXT) : TEXT
    async function* broken() {
      yield bytes.subarray(0, 50)
      throw new Error('the line went dead')
    }
    await assert.rejects(collected(unpack(broken(), RATIO)), /the line went dead/)
  })

  test(`whoever stops reading stops the source${packed ? ', packed' : ''}`, async () => {
    let left = 0
    async function* endless() {
      const bytes = packed ? gzipSync(TEXT) : TEXT
      try {
        for (;;) yield bytes
      } finally {
        left++
      }
    }
    for await (const _ of unpack(endless(), RATIO)) break
    await letOthers()
    assert.equal(left, 1)
  })
}

test('a refusal does not wait for a source that has stopped to send', { timeout: 120_000 }, async () => {
  let go = () => {}
  let left = 0
  async function* stalled() {
    try {
      yield Buffer.concat([gzipSync(TEXT), Buffer.alloc(2000, 'x')])
      await new Promise<void>((resolve) => {
        go = resolve
      })
      yield TEXT
    } finally {
      left++
    }
  }
  await assert.rejects(collected(unpack(stalled(), RATIO)), refusedWith('cannot be unpacked'))
  assert.equal(left, 0)
  go()
  await letOthers()
  assert.equal(left, 1, 'and lets it go when it goes on')
})
