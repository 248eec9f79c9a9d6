import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import { hashFile } from './hash-file.ts'
import { Hasher, SLOT_BYTES } from './hasher.ts'

async function openStore() {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-hash-'))
  const store = await openLocalArtifactStore(folder)
  return {
    store,
    /** @returns the digest that the store computed */
    async keep(key: string, bytes: number): Promise<string> {
      const written = await store.write(key, body(bytes))
      return written.sha256!
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Bytes that differ everywhere, so that a part at the wrong place shows. */
async function* body(bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; at += 65_536) {
    const length = Math.min(65_536, bytes - at)
    yield Buffer.from(Array.from({ length }, (_, i) => ((at + i) * 2_654_435_761) >>> 24))
  }
}

test('a file of any size has the digest of its bytes', async () => {
  await using bed = await openStore()
  for (const size of [0, 1, 262_144, 262_145, 524_288, 1_572_865, 5_000_000]) {
    const sha256 = await bed.keep(`k/${size}`, size)
    const hashed = await hashFile(bed.store, `k/${size}`)
    assert.deepEqual(hashed, { ...(await bed.store.stat(`k/${size}`)), sha256 })
  }
})

test('many at once do not mix', async () => {
  await using bed = await openStore()
  const sizes = Array.from({ length: 8 }, (_, i) => 700_000 + i * 300_001)
  const digests: string[] = []
  for (const size of sizes) digests.push(await bed.keep(`k/${size}`, size))
  const hashed = await Promise.all(sizes.map((size) => hashFile(bed.store, `k/${size}`)))
  assert.deepEqual(
    hashed.map((file) => file?.sha256),
    digests,
  )
})

test('a file that is gone has none, and one that cannot be read leaves the next alone', async () => {
  await using bed = await openStore()
  assert.equal(await hashFile(bed.store, 'k/none'), undefined)
  const sha256 = await bed.keep('k/large', 3_000_000)
  const broken = {
    ...bed.store,
    open: async (key: string) => {
      const file = await bed.store.open(key)
      await file.close()
      const half = Buffer.alloc(1_000_000)
      const bytes = () =>
        Readable.from(
          (async function* () {
            yield half
            throw new Error('EIO: the test says no')
          })(),
        )
      return { ...file, bytes }
    },
  }
  await assert.rejects(hashFile(broken, 'k/large'), /EIO/)
  assert.equal((await hashFile(bed.store, 'k/large'))?.sha256, sha256)
})

test('chunks of other sizes than a slot are hashed whole', async () => {
  await using bed = await openStore()
  await bed.keep('k/large', 300_000)
  const content = Buffer.alloc(2_000_000, 'abcdefg')
  const strange = {
    ...bed.store,
    open: async (key: string) => {
      const file = await bed.store.open(key)
      await file.close()
      const bytes = () => Readable.from([content.subarray(0, 1_234_567), content.subarray(1_234_567)])
      return { ...file, bytes }
    },
  }
  assert.equal(
    (await hashFile(strange, 'k/large'))?.sha256,
    createHash('sha256').update(content).digest('hex'),
  )
})

test('what is left of a content that was broken off is not in the digest of the next', async () => {
  const hasher = new Hasher()
  hasher.begin()
  const left = hasher.update(Buffer.alloc(8 * SLOT_BYTES, 'a'))
  hasher.begin()
  await assert.rejects(left, /broken off/)
  const content = Buffer.alloc(8 * SLOT_BYTES, 'b')
  await hasher.update(content)
  assert.equal(await hasher.end(), createHash('sha256').update(content).digest('hex'))
})
