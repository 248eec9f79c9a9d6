import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { Problem, type ProblemCode } from '@orrery/base/kernel'
import type { ArtifactStore, Entry, PartReference } from './artifact-store.ts'

type OpenStore = () => Promise<ArtifactStore & AsyncDisposable>

const KIB = 1024
const MIB = 1024 * 1024

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}

async function* broken(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  yield* chunks(...parts)
  throw new Error('the sender went away')
}

/** So many bytes that no two pieces of are alike. */
async function* noise(size: number, seed: string): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < size; i++) {
    const piece = createHash('shake128', { outputLength: Math.min(64 * KIB, size - at) }).update(
      `${seed}${i}`,
    )
    const bytes = piece.digest()
    at += bytes.length
    yield bytes
  }
}

async function bytesOf(
  store: ArtifactStore,
  key: string,
  range?: { start: number; end: number },
): Promise<Buffer> {
  const file = await store.open(key)
  return Buffer.concat(await file.bytes(range).toArray())
}

const textOf = async (store: ArtifactStore, key: string) => (await bytesOf(store, key)).toString()

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')

const isProblem = (code: ProblemCode) => (error: unknown) => error instanceof Problem && error.code === code

const names = (entries: readonly Entry[]) => entries.map((e) => (e.kind === 'folder' ? `${e.name}/` : e.name))

/** Everything below the root: what a refused call must leave as it was. */
async function tree(store: ArtifactStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.walk('')) keys.push(key)
  return keys.sort()
}

const FORBIDDEN_KEYS = [
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  'a/..',
  'a/../b',
  'a/./b',
  '.tmp/x',
  '.multipart/x',
  'a\\b',
  'a\u0000b',
  'a\nb',
  'a\u007f',
  'a\ud800',
  'x'.repeat(256),
  'é'.repeat(128),
  `${'a/'.repeat(512)}b`,
]

/** The exam of every artifact store. */
export function artifactStoreSuite(name: string, open: OpenStore): void {
  const exam = (sentence: string, body: (store: ArtifactStore) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      await using store = await open()
      await body(store)
    })

  writing(exam)
  reading(exam)
  listing(exam)
  deleting(exam)
  multipart(exam)
}

type Exam = (sentence: string, body: (store: ArtifactStore) => Promise<void>) => void

function writing(exam: Exam): void {
  exam('reads back what was written', async (store) => {
    const written = await store.write('1/model/MLmodel', chunks('flavors: ', '{}'))
    assert.equal(written.size, 11)
    assert.equal(written.sha256, sha256('flavors: {}'))
    assert.equal(await textOf(store, '1/model/MLmodel'), 'flavors: {}')
    const { sha256: _, ...facts } = written
    assert.deepEqual(await store.stat('1/model/MLmodel'), facts)
  })

  exam('keeps an empty file', async (store) => {
    assert.equal((await store.write('1/empty', chunks())).size, 0)
    assert.equal((await bytesOf(store, '1/empty')).length, 0)
  })

  exam('keeps many megabytes in odd pieces', async (store) => {
    const size = 35 * MIB + 7
    const written = await store.write('1/big', noise(size, 'big'))
    assert.equal(written.size, size)
    const hash = createHash('sha256')
    for await (const chunk of (await store.open('1/big')).bytes()) hash.update(chunk)
    assert.equal(hash.digest('hex'), written.sha256)
  })

  exam('looks no more at a chunk that it has released', async (store) => {
    const size = 5 * MIB + 7
    const released: Uint8Array[] = []
    const release = (chunk: Uint8Array) => {
      chunk.fill(0)
      released.push(chunk)
    }
    const bytes = noise(size, 'lent')
    const written = await store.write('1/f', { [Symbol.asyncIterator]: () => bytes, release })
    const hash = createHash('sha256')
    for await (const chunk of noise(size, 'lent')) hash.update(chunk)
    assert.equal(written.sha256, hash.digest('hex'))
    assert.equal(sha256(await bytesOf(store, '1/f')), written.sha256)
    assert.equal(new Set(released).size, released.length)
  })

  exam('replaces what was there, and the etag tells', async (store) => {
    const one = await store.write('1/f', chunks('one'))
    const two = await store.write('1/f', chunks('two'))
    assert.notEqual(one.etag, two.etag)
    assert.equal(await textOf(store, '1/f'), 'two')
  })

  exam('leaves nothing of a write that breaks off', async (store) => {
    await store.write('1/old', chunks('old'))
    await assert.rejects(store.write('1/old', broken('new', randomBytes(3 * MIB))), /went away/)
    await assert.rejects(store.write('1/new/er', broken('new')), /went away/)
    assert.equal(await textOf(store, '1/old'), 'old')
    assert.deepEqual(await tree(store), ['1/old'])
    assert.deepEqual(names((await store.list('1', { limit: 9 })).entries), ['old'])
  })

  const wrong = [
    { what: 'too few bytes', expect: { size: 5 } },
    { what: 'too many bytes', expect: { size: 3 } },
    { what: 'another SHA-256', expect: { sha256: sha256('else') } },
    { what: 'another MD5', expect: { md5: createHash('md5').update('else').digest('hex') } },
  ]
  for (const { what, expect } of wrong) {
    exam(`stores nothing when the body has ${what}`, async (store) => {
      await assert.rejects(store.write('1/f', chunks('four'), expect), isProblem('INVALID_PARAMETER_VALUE'))
      assert.deepEqual(await tree(store), [])
    })
  }

  exam('stores what is as expected', async (store) => {
    const md5 = createHash('md5').update('four').digest('hex')
    await store.write('1/f', chunks('four'), { size: 4, sha256: sha256('four'), md5 })
    assert.equal(await textOf(store, '1/f'), 'four')
  })

  exam('lets one of many writers win, whole', async (store) => {
    const size = 2 * MIB
    const written = await Promise.all(
      Array.from({ length: 8 }, (_, i) => store.write('1/f', noise(size, `writer ${i}`))),
    )
    const digest = sha256(await bytesOf(store, '1/f'))
    assert.ok(written.some((one) => one.sha256 === digest))
    assert.deepEqual(await tree(store), ['1/f'])
  })

  exam('shows a reader the old file or the new one, whole', async (store) => {
    await store.write('1/f', noise(3 * MIB, 'old'))
    const reader = await store.open('1/f')
    await store.write('1/f', noise(3 * MIB, 'new'))
    const hash = createHash('sha256')
    for await (const chunk of reader.bytes()) hash.update(chunk)
    const old = createHash('sha256')
    for await (const chunk of noise(3 * MIB, 'old')) old.update(chunk)
    assert.equal(hash.digest('hex'), old.digest('hex'))
  })

  for (const key of FORBIDDEN_KEYS) {
    exam(`refuses the key ${JSON.stringify(key.slice(0, 20))}`, async (store) => {
      const refused = isProblem('INVALID_PARAMETER_VALUE')
      await assert.rejects(store.write(key, chunks('x')), refused)
      await assert.rejects(store.open(key), refused)
      await assert.rejects(store.stat(key), refused)
      await assert.rejects(store.delete(key), refused)
      await assert.rejects(store.createMultipart(key), refused)
      await assert.rejects(store.copy('1/x', key), refused)
      await assert.rejects(store.deleteFolder(key, { limit: 1 }), refused)
      if (key !== '') await assert.rejects(store.list(key, { limit: 1 }), refused)
      assert.deepEqual(await tree(store), [])
    })
  }

  exam('takes the longest segments and keys', async (store) => {
    const longest = ['1', 'x'.repeat(255), 'é'.repeat(127), 'y'.repeat(255), 'z'.repeat(255)].join('/')
    await store.write(longest, chunks('x'))
    assert.deepEqual(await tree(store), [longest])
  })

  exam('keeps names apart that differ in case or Unicode form, or refuses the second', async (store) => {
    for (const [one, two] of [
      ['1/Model', '1/model'],
      ['1/caf\u00e9', '1/cafe\u0301'],
    ] as const) {
      await store.write(one, chunks(one))
      const clash = await store.write(two, chunks(two)).then(
        () => undefined,
        (error) => error,
      )
      assert.equal(await textOf(store, one), one)
      if (clash === undefined) assert.equal(await textOf(store, two), two)
      else assert.ok(isProblem('RESOURCE_CONFLICT')(clash))
    }
  })

  exam('does not let a key be a file and a folder', async (store) => {
    await store.write('1/file', chunks('x'))
    await store.write('1/folder/file', chunks('x'))
    await assert.rejects(store.write('1/file/below', chunks('x')), isProblem('RESOURCE_CONFLICT'))
    await assert.rejects(store.write('1/folder', chunks('x')), isProblem('RESOURCE_CONFLICT'))
    assert.deepEqual(await tree(store), ['1/file', '1/folder/file'])
  })

  exam('copies a file', async (store) => {
    await store.write('1/from', chunks('content'))
    assert.equal((await store.copy('1/from', '1/to/here')).sha256, sha256('content'))
    assert.equal(await textOf(store, '1/to/here'), 'content')
    await assert.rejects(store.copy('1/nothing', '1/to/there'), isProblem('RESOURCE_DOES_NOT_EXIST'))
    assert.deepEqual(await tree(store), ['1/from', '1/to/here'])
  })
}

function reading(exam: Exam): void {
  exam('has no file where there is none, or a folder', async (store) => {
    await store.write('1/folder/file', chunks('x'))
    for (const key of ['1/nope', '1/folder', '1/folder/file/below', '2']) {
      await assert.rejects(store.open(key), isProblem('RESOURCE_DOES_NOT_EXIST'))
      assert.equal(await store.stat(key), undefined)
    }
  })

  exam('reads a range', async (store) => {
    await store.write('1/f', chunks('0123456789'))
    assert.equal((await bytesOf(store, '1/f', { start: 2, end: 5 })).toString(), '234')
    assert.equal((await bytesOf(store, '1/f', { start: 9, end: 10 })).toString(), '9')
    assert.equal((await bytesOf(store, '1/f', { start: 0, end: 10 })).toString(), '0123456789')
  })

  exam('gives the same bytes to a pipe', async (store) => {
    const size = 3 * MIB + 5
    const written = await store.write('1/f', noise(size, 'piped'))
    const hash = createHash('sha256')
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk, _, done) => void setImmediate(() => done(hash.update(chunk) && null)),
    })
    await pipeline((await store.open('1/f')).bytes(undefined, { toPipe: true }), slow)
    assert.equal(hash.digest('hex'), written.sha256)
    const part = (await store.open('1/f')).bytes({ start: 2 * MIB, end: size }, { toPipe: true })
    let read = 0
    for await (const chunk of part) read += chunk.length
    assert.equal(read, MIB + 5)
  })

  exam('lets go of a file that is not read', async (store) => {
    await store.write('1/f', chunks('x'))
    await (await store.open('1/f')).close()
    const half = (await store.open('1/f')).bytes()
    half.destroy()
  })
}

function listing(exam: Exam): void {
  exam('lists direct children by their bytes, with sizes', async (store) => {
    for (const key of ['1/b/c', '1/b.txt', '1/a', '1/Z', '1/\u{10000}', '1/\uffee', '1/é', '12/x']) {
      await store.write(key, chunks(key))
    }
    const { entries, next } = await store.list('1', { limit: 100 })
    assert.deepEqual(names(entries), ['Z', 'a', 'b/', 'b.txt', 'é', '\uffee', '\u{10000}'])
    assert.equal(next, undefined)
    const a = entries[1]
    assert.ok(a?.kind === 'file')
    assert.deepEqual({ kind: 'file', name: 'a', ...(await store.stat('1/a')) }, a)
    assert.deepEqual(names((await store.list('', { limit: 9 })).entries), ['1/', '12/'])
  })

  exam('lists a file and what does not exist as empty', async (store) => {
    await store.write('1/f', chunks('x'))
    for (const folder of ['1/f', '1/nope', '1/f/below', '2']) {
      assert.deepEqual(await store.list(folder, { limit: 9 }), { entries: [] })
    }
  })

  exam('pages through a folder without loss or repetition', async (store) => {
    const all = Array.from({ length: 57 }, (_, i) => `f${i}`)
    for (const one of all) await store.write(`1/${one}`, chunks('x'))
    for (const limit of [1, 10, 56, 57, 58]) {
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await store.list('1', { limit, ...(after === undefined ? {} : { after }) })
        assert.ok(page.entries.length <= limit)
        seen.push(...names(page.entries))
        after = page.next
      } while (after !== undefined)
      assert.deepEqual(seen, [...all].sort())
    }
  })

  exam('walks every file below a folder', async (store) => {
    const keys = ['1/a', '1/b/c', '1/b/d/e', '2/f']
    for (const key of keys) await store.write(key, chunks(key))
    assert.deepEqual(await tree(store), keys)
    const below = []
    for await (const file of store.walk('1/b')) below.push(`${file.key} ${file.size}`)
    assert.deepEqual(below.sort(), ['1/b/c 5', '1/b/d/e 7'])
  })
}

function deleting(exam: Exam): void {
  exam('deletes one file and the folders that it leaves empty', async (store) => {
    await store.write('1/a/b/f', chunks('x'))
    await store.write('1/g', chunks('x'))
    assert.equal(await store.delete('1/a/b/f'), true)
    assert.equal(await store.delete('1/a/b/f'), false)
    assert.equal(await store.delete('1'), false)
    assert.deepEqual(names((await store.list('1', { limit: 9 })).entries), ['g'])
    await store.delete('1/g')
    assert.deepEqual(await store.list('', { limit: 9 }), { entries: [] })
  })

  exam('deletes a folder in slices', async (store) => {
    for (let i = 0; i < 10; i++) await store.write(`1/a/${i % 3}/${i}`, chunks('four'))
    await store.write('1/ab', chunks('x'))
    let files = 0
    let bytes = 0
    let slices = 0
    for (let done = false; !done; slices++) {
      const slice = await store.deleteFolder('1/a', { limit: 4 })
      assert.ok(slice.files <= 4)
      files += slice.files
      bytes += slice.bytes
      done = slice.done
    }
    assert.deepEqual({ files, bytes, slices }, { files: 10, bytes: 40, slices: 3 })
    assert.deepEqual(await tree(store), ['1/ab'])
    assert.deepEqual(await store.deleteFolder('1/nope', { limit: 4 }), { files: 0, bytes: 0, done: true })
  })

  exam('writes into a folder while others empty it', async (store) => {
    await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        for (let n = 0; n < 10; n++) {
          await store.write(`1/a/b/${i}`, chunks('x'))
          await store.delete(`1/a/b/${i}`)
        }
      }),
    )
    assert.deepEqual(await tree(store), [])
  })
}

function multipart(exam: Exam): void {
  exam('makes one file of parts that came in any order', async (store) => {
    const id = await store.createMultipart('1/f')
    const three = await store.putPart('1/f', id, 3, chunks('three'))
    const one = await store.putPart('1/f', id, 1, chunks('one'))
    await store.putPart('1/f', id, 2, chunks('zwei'))
    const two = await store.putPart('1/f', id, 2, chunks('two'))
    assert.equal(await store.stat('1/f'), undefined)
    const parts = [
      { number: 3, etag: three.etag },
      { number: 1, etag: one.etag },
      { number: 2, etag: two.etag },
    ]
    const written = await store.completeMultipart('1/f', id, parts)
    assert.equal(written.size, 11)
    assert.equal(await textOf(store, '1/f'), 'onetwothree')
    assert.deepEqual(await store.completeMultipart('1/f', id, parts), written)
    assert.deepEqual(await tree(store), ['1/f'])
  })

  exam('completes an upload once when it is told so many times at once', async (store) => {
    const id = await store.createMultipart('1/f')
    const parts: PartReference[] = []
    for (let number = 1; number <= 20; number++) {
      parts.push({
        number,
        etag: (await store.putPart('1/f', id, number, noise(100 * KIB, `${number}`))).etag,
      })
    }
    const told = [1, 2, 3].map(() => store.completeMultipart('1/f', id, parts))
    const sums = (await Promise.all(told)).map((written) => written.sha256)
    assert.deepEqual(new Set(sums), new Set([sha256(await bytesOf(store, '1/f'))]))
  })

  exam('completes an upload only with parts that are there', async (store) => {
    const id = await store.createMultipart('1/f')
    const { etag } = await store.putPart('1/f', id, 1, chunks('one'))
    const wrong = [[], [{ number: 1, etag: sha256('x') }], [{ number: 2, etag }], [{ number: 0, etag }]]
    wrong.push([
      { number: 1, etag },
      { number: 1, etag },
    ])
    wrong.push([{ number: 1, etag: '../../../etc/passwd' }])
    for (const parts of wrong) {
      await assert.rejects(store.completeMultipart('1/f', id, parts), isProblem('INVALID_PARAMETER_VALUE'))
    }
    assert.deepEqual(await tree(store), [])
    await store.completeMultipart('1/f', id, [{ number: 1, etag }])
    const other = [{ number: 2, etag }]
    await assert.rejects(store.completeMultipart('1/f', id, other), isProblem('INVALID_PARAMETER_VALUE'))
  })

  exam('refuses part numbers outside 1 to 10,000', async (store) => {
    const id = await store.createMultipart('1/f')
    for (const number of [0, -1, 10_001, 1.5, Number.NaN]) {
      await assert.rejects(
        store.putPart('1/f', id, number, chunks('x')),
        isProblem('INVALID_PARAMETER_VALUE'),
      )
    }
    await store.putPart('1/f', id, 10_000, chunks('x'))
  })

  exam('keeps no part that breaks off or is not as expected', async (store) => {
    const id = await store.createMultipart('1/f')
    await assert.rejects(store.putPart('1/f', id, 1, broken('x')), /went away/)
    await assert.rejects(
      store.putPart('1/f', id, 1, chunks('x'), { size: 2 }),
      isProblem('INVALID_PARAMETER_VALUE'),
    )
    const parts = [{ number: 1, etag: sha256('x') }]
    await assert.rejects(store.completeMultipart('1/f', id, parts), isProblem('INVALID_PARAMETER_VALUE'))
  })

  exam('knows no upload after it was aborted, completed or collected, or of another key', async (store) => {
    const gone = isProblem('RESOURCE_DOES_NOT_EXIST')
    const aborted = await store.createMultipart('1/f')
    const { etag } = await store.putPart('1/f', aborted, 1, chunks('x'))
    await assert.rejects(store.putPart('1/g', aborted, 1, chunks('x')), gone)
    await assert.rejects(store.completeMultipart('1/g', aborted, [{ number: 1, etag }]), gone)
    await store.abortMultipart('1/g', aborted)
    await store.putPart('1/f', aborted, 2, chunks('x'))
    await store.abortMultipart('1/f', aborted)
    await store.abortMultipart('1/f', aborted)
    await assert.rejects(store.putPart('1/f', aborted, 1, chunks('x')), gone)
    await assert.rejects(store.completeMultipart('1/f', aborted, [{ number: 1, etag }]), gone)
    for (const made of ['', '..', '../1', 'x'.repeat(36), crypto.randomUUID()]) {
      await assert.rejects(store.putPart('1/f', made, 1, chunks('x')), gone)
    }

    const completed = await store.createMultipart('1/f')
    await store.putPart('1/f', completed, 1, chunks('x'))
    await store.completeMultipart('1/f', completed, [{ number: 1, etag }])
    await assert.rejects(store.putPart('1/f', completed, 2, chunks('x')), gone)

    const abandoned = await store.createMultipart('1/h')
    assert.equal(await store.collectAbandoned(3_600_000), 0)
    assert.ok((await store.collectAbandoned(-1000)) >= 1)
    await assert.rejects(store.putPart('1/h', abandoned, 1, chunks('x')), gone)
    assert.equal(await textOf(store, '1/f'), 'x')
  })

  exam('presigns where it says that it can, and refuses otherwise', async (store) => {
    const asked = store.presign({ method: 'GET', key: '1/f', expiresInSeconds: 60 })
    if (store.can.presign) assert.match((await asked).url, /^https?:/)
    else await assert.rejects(asked, isProblem('NOT_IMPLEMENTED'))
  })
}
