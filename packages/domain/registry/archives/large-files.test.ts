import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Body } from '@orrery/drivers/artifacts'
import { eachEngine } from '@orrery/drivers/db/testing'
import { archivedOf, indexEntry, indexOf } from '../testing/archive-of.ts'
import { openRegistry, TEST_MIGRATIONS } from '../testing/open-registry.ts'
import { collected, END, inPieces, rawHeader } from '../testing/raw-tar.ts'
import { makeArchives } from './make-archives.ts'

const MIB = 1024 * 1024
const FILE_MIB = 256
/** Of chunks that the garbage collector has not come to yet. */
const MOST_GROWTH_MIB = 128

/** What the process holds beyond what it held before, at its most. */
function growth() {
  const held = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = held()
  let most = 0
  return {
    look: () => {
      most = Math.max(most, held() - before)
    },
    mib: () => Math.round(most / MIB),
  }
}

eachEngine('a file that is larger than what may be held', TEST_MIGRATIONS, (open, engine) => {
  test('goes through an import and an export piece by piece', {
    skip: engine !== 'sqlite' && 'bytes of files take the same way on every engine',
    timeout: 600_000,
  }, async (t) => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const block = randomBytes(MIB)
    const whole = createHash('sha256')
    for (let i = 0; i < FILE_MIB; i++) whole.update(block)
    const sha256 = whole.digest('hex')
    const size = FILE_MIB * MIB
    const index = indexOf([{ ...archivedOf(1, {}), files: [{ path: 'big', size, sha256 }] }])
    const imported = growth()
    async function* archive() {
      yield indexEntry(index)
      yield rawHeader({ name: 'versions/1/big', size })
      for (let i = 0; i < FILE_MIB; i++) {
        // Each chunk in memory of its own, as a request has them.
        for (let at = 0; at < MIB; at += 65_536) yield Buffer.from(block.subarray(at, at + 65_536))
        imported.look()
      }
      yield END
    }
    const archives = makeArchives(bed.deps)
    // As the server gives memory back.
    const release = (chunk: Uint8Array) => void (chunk.buffer as ArrayBuffer).transfer(0)
    await archives.import(bed.here, { body: { [Symbol.asyncIterator]: archive, release } })

    const exported = growth()
    let bytes = 0
    let chunks = 0
    for await (const chunk of (await archives.export(bed.here, { name: 'm' })).body) {
      bytes += chunk.byteLength
      if (chunks++ % 100 === 0) exported.look()
    }
    assert.ok(bytes > size)
    const grown = `import ${imported.mib()} MiB, export ${exported.mib()} MiB, of ${FILE_MIB} MiB`
    t.diagnostic(grown)
    assert.ok(imported.mib() < MOST_GROWTH_MIB && exported.mib() < MOST_GROWTH_MIB, grown)
  })

  test('chunks that were stored whole are given back, and nothing looks at them again', async () => {
    await using db = await open()
    await using bed = await openRegistry(db)
    const text = randomBytes(3 * MIB)
    const sha256 = createHash('sha256').update(text).digest('hex')
    const index = indexOf([{ ...archivedOf(1, {}), files: [{ path: 'big', size: text.length, sha256 }] }])
    const header = rawHeader({ name: 'versions/1/big', size: text.length })
    const archive = Buffer.concat([indexEntry(index), header, text, END])
    for (const packed of [false, true]) {
      const chunks = new Set<Uint8Array>()
      let released = 0
      const body: Body = {
        async *[Symbol.asyncIterator]() {
          for await (const piece of inPieces(packed ? gzipSync(archive) : archive, 60_000)) {
            const chunk = Buffer.from(piece)
            chunks.add(chunk)
            yield chunk
          }
        },
        release(chunk) {
          assert.ok(chunks.delete(chunk), 'once, and a chunk of the body')
          chunk.fill(0)
          released += chunk.byteLength
        },
      }
      const archives = makeArchives(bed.deps)
      const { versions } = await archives.import(bed.here, { body })
      assert.equal(released > 2 * MIB, !packed)
      const version = String(versions[0]!.version)
      const out = await collected((await archives.export(bed.here, { name: 'm', version })).body)
      assert.ok(out.includes(text), 'what was stored is what came')
    }
  })
})
