import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as letOthers } from 'node:timers/promises'
import { Problem } from '@orrery/base/kernel'
import { pack } from 'tar-stream'
import { BLOCK, collected, END, inPieces, rawEntry, rawHeader, rawPax } from '../testing/raw-tar.ts'
import { readTar } from './read-tar.ts'

const LIMITS = { bytes: 1024 * 1024, entries: 50, depth: 5 }

/** @returns what an archive holds, as `name` or `name/` with its text */
async function read(parts: readonly Buffer[], pieces = 1000, limits = LIMITS): Promise<[string, string][]> {
  const found: [string, string][] = []
  for await (const { kind, name, content } of readTar(inPieces(Buffer.concat(parts), pieces), limits)) {
    found.push([kind === 'file' ? name : `${name}/`, (await collected(content)).toString()])
  }
  return found
}

const refusedWith = (says: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error))
  assert.equal(error.code, 'INVALID_PARAMETER_VALUE')
  if (typeof says === 'string') assert.ok(error.message.includes(says), error.message)
  else assert.match(error.message, says)
  return true
}

const A = rawEntry('a', 'text of a')

for (const pieces of [1, 7, 512, 100_000]) {
  test(`files and folders come as they stand, in pieces of ${pieces} bytes`, async () => {
    const parts = [
      A,
      rawEntry('d/', '', { type: '5' }),
      rawEntry('d/b', 'x'.repeat(2000)),
      rawEntry('e'),
      END,
    ]
    assert.deepEqual(await read(parts, pieces), [
      ['a', 'text of a'],
      ['d/', ''],
      ['d/b', 'x'.repeat(2000)],
      ['e', ''],
    ])
  })
}

test('names of any length and script come by extended headers', async () => {
  const long = `${'l'.repeat(120)}/${'ü'.repeat(60)}`
  assert.deepEqual(await read([rawPax({ path: long, mtime: '1.5' }), rawEntry('short', 'x'), A, END]), [
    [long, 'x'],
    ['a', 'text of a'],
  ])
})

test('content that was not read is passed over', async () => {
  const names: string[] = []
  const bytes = Buffer.concat([rawEntry('a', 'x'.repeat(5000)), rawEntry('b', 'y'.repeat(5000)), END])
  for await (const { name } of readTar(inPieces(bytes), LIMITS)) names.push(name)
  assert.deepEqual(names, ['a', 'b'])
})

test('what another writer wrote can be read', async () => {
  const tar = pack()
  const names = ['plain', `${'d/'.repeat(3)}${'n'.repeat(150)}`, 'ümlaut']
  for (const name of names) tar.entry({ name }, `of ${name}`)
  tar.finalize()
  const bytes = await collected(tar as AsyncIterable<unknown> as AsyncIterable<Uint8Array>)
  assert.deepEqual(
    await read([bytes]),
    names.map((name) => [name, `of ${name}`]),
  )
})

const NAMES: readonly { name: string | Buffer; says: string | RegExp }[] = [
  { name: '../x', says: 'has the segment ".."' },
  { name: 'a/../../x', says: 'has the segment ".."' },
  { name: 'a/./x', says: 'has the segment "."' },
  { name: './a', says: 'has the segment "."' },
  { name: '/etc/passwd', says: 'it is absolute' },
  { name: '//host/x', says: 'it is absolute' },
  { name: 'C:/x', says: 'names a drive' },
  { name: 'c:x', says: 'names a drive' },
  { name: 'file:x', says: 'names a drive or a scheme' },
  { name: '~/x', says: 'home directory' },
  { name: 'a\\..\\x', says: 'backslash' },
  { name: '\\\\host\\x', says: 'backslash' },
  { name: 'a//b', says: 'empty segment' },
  { name: 'a\nb', says: 'control character' },
  { name: 'a\u0085b', says: 'control character' },
  { name: '%2e%2e/x', says: '".."' },
  { name: 'a%41', says: 'percent-escapes' },
  { name: Buffer.from([0x61, 0xff, 0xfe]), says: 'not UTF-8' },
  { name: 'a/b/c/d/e/f', says: 'deeper than 5' },
  { name: '', says: 'it is empty' },
]
for (const { name, says } of NAMES) {
  test(`a name is refused: ${JSON.stringify(name.toString())}`, async () => {
    await assert.rejects(read([rawEntry(name, 'x'), END]), refusedWith(says))
    // As a folder and by an extended header as well.
    if (typeof name === 'string' && name !== '') {
      await assert.rejects(read([rawEntry(`${name}/`, '', { type: '5' }), END]), refusedWith(says))
      await assert.rejects(read([rawPax({ path: name }), rawEntry('short', 'x'), END]), refusedWith(says))
    }
  })
}

const gnuLong = (type: string, name: string) => rawEntry('././@LongLink', `${name}\0`, { type })
const base256 = (...bytes: number[]) => Buffer.from([...bytes, ...Array(12 - bytes.length).fill(0)])

const ATTACKS: readonly { it: string; parts: readonly Buffer[]; says: string | RegExp }[] = [
  {
    it: 'a symbolic link',
    parts: [rawEntry('l', '', { type: '2', linkName: '/etc' }), END],
    says: 'a symbolic link',
  },
  {
    it: 'a file through a symbolic link',
    parts: [rawEntry('l', '', { type: '2', linkName: '/etc' }), rawEntry('l/x', 'x'), END],
    says: 'a symbolic link',
  },
  {
    it: 'a hard link',
    parts: [A, rawEntry('l', '', { type: '1', linkName: 'a' }), END],
    says: 'a hard link',
  },
  { it: 'a character device', parts: [rawEntry('d', '', { type: '3' }), END], says: 'a device' },
  { it: 'a block device', parts: [rawEntry('d', '', { type: '4' }), END], says: 'a device' },
  { it: 'a pipe', parts: [rawEntry('p', '', { type: '6' }), END], says: 'a pipe' },
  { it: 'a contiguous file', parts: [rawEntry('c', 'x', { type: '7' }), END], says: 'a contiguous file' },
  { it: 'a sparse file of GNU', parts: [rawEntry('s', 'x', { type: 'S' }), END], says: 'of a kind' },
  { it: 'a folder dump of GNU', parts: [rawEntry('s', 'x', { type: 'D' }), END], says: 'of a kind' },
  { it: 'a part of a volume', parts: [rawEntry('s', 'x', { type: 'M' }), END], says: 'of a kind' },
  {
    it: 'a sparse file by extended headers',
    parts: [rawPax({ 'GNU.sparse.major': '1', 'GNU.sparse.realsize': '1000000000000' }), A, END],
    says: 'GNU.sparse.major',
  },
  {
    it: 'a link by an extended header',
    parts: [rawPax({ linkpath: '/etc/passwd' }), A, END],
    says: 'linkpath',
  },
  { it: 'a long name of GNU', parts: [gnuLong('L', '../../x'), A, END], says: 'does not follow' },
  { it: 'a long link of GNU', parts: [gnuLong('K', '/etc'), A, END], says: 'does not follow' },
  { it: 'a global header', parts: [rawPax({ path: 'b' }, 'g'), A, END], says: 'does not follow' },
  {
    it: 'a global header before an extended one',
    parts: [rawPax({ path: 'b' }, 'g'), rawPax({ mtime: '1' }), A, END],
    says: 'does not follow',
  },
  {
    it: 'two extended headers',
    parts: [rawPax({ path: 'b' }), rawPax({ path: 'c' }), A, END],
    says: 'does not follow',
  },
  { it: 'a NUL in an extended name', parts: [rawPax({ path: 'b\0/../../x' }), A, END], says: 'control' },
  {
    it: 'an extended name of only digits',
    parts: [rawPax({ path: '42', size: '-5' }), A, END],
    says: 'Invalid header',
  },
  {
    it: 'a size in words',
    parts: [rawPax({ size: '9 or so' }), A, END],
    says: 'size that cannot be',
  },
  {
    it: 'a size that goes on behind its digits',
    parts: [rawPax({ size: '0x9' }), A, END],
    says: 'size that cannot be',
  },
  {
    it: 'a size of -1',
    parts: [rawHeader({ name: 'n', sizeField: Buffer.alloc(12, 0xff) }), END],
    says: 'size that cannot be',
  },
  {
    it: 'a negative size',
    parts: [rawHeader({ name: 'n', sizeField: Buffer.concat([Buffer.alloc(11, 0xff), Buffer.of(0)]) }), END],
    says: 'Invalid header',
  },
  {
    it: 'a size that no number holds',
    parts: [rawHeader({ name: 'n', sizeField: base256(0x80, 0xff, 0xff, 0xff) }), END],
    says: 'size that cannot be',
  },
  {
    it: 'a size that is no size',
    parts: [rawHeader({ name: 'n', sizeField: base256(0x81, 1) }), END],
    says: 'size that cannot be',
  },
  {
    it: 'a size beyond the end',
    parts: [rawHeader({ name: 'n', size: 8 ** 11 - 1 }), END],
    says: 'cut off',
  },
  {
    it: 'a folder with content',
    parts: [rawEntry('d/', 'x', { type: '5' }), END],
    says: 'a folder with content',
  },
  {
    it: 'an extended header as long as memory',
    parts: [rawHeader({ name: 'PaxHeader', size: 8 ** 11 - 1, type: 'x' }), A, END],
    says: 'Header exceeds max size',
  },
  {
    it: 'a wrong checksum',
    parts: [Buffer.from(A.map((byte, i) => (i === 0 ? 98 : byte))), END],
    says: 'no tar file',
  },
  { it: 'an unknown format', parts: [rawEntry('a', 'x', { magic: 'other\0' }), END], says: 'no tar file' },
  { it: 'text', parts: [Buffer.from('x'.repeat(2000))], says: 'no tar file' },
  { it: 'an entry behind the end marker', parts: [A, END, rawEntry('b', 'x'), END], says: 'does not follow' },
  {
    it: 'an entry behind the end marker with an extended header',
    parts: [A, END, rawPax({ path: 'b' }), rawEntry('c', 'x'), END],
    says: 'does not follow',
  },
  { it: 'zeros between entries', parts: [A, Buffer.alloc(BLOCK), A, END], says: 'does not follow' },
  {
    it: 'bytes behind the end marker',
    parts: [A, END, Buffer.from('x'.repeat(BLOCK))],
    says: /goes on|no tar/,
  },
  { it: 'a few bytes behind the end marker', parts: [A, END, Buffer.from('x')], says: 'cut off' },
  {
    it: 'an extended header before the end',
    parts: [A, rawPax({ path: 'b' }), END],
    says: 'goes on behind its end',
  },
  { it: 'no end marker', parts: [A], says: 'end marker is missing' },
  { it: 'half of the end marker', parts: [A, Buffer.alloc(BLOCK)], says: 'end marker is missing' },
  { it: 'an end within a header', parts: [A, A.subarray(0, 300)], says: 'cut off' },
  { it: 'an end within a file', parts: [rawEntry('a', 'x'.repeat(2000)).subarray(0, 1500)], says: 'cut off' },
  {
    it: 'more entries than allowed',
    parts: [...Array(51).fill(rawEntry('a')), END],
    says: 'more than 50 entries',
  },
  {
    it: 'more bytes than allowed',
    parts: [rawEntry('a', Buffer.alloc(LIMITS.bytes)), END],
    says: `more than ${LIMITS.bytes} bytes`,
  },
  {
    it: 'more zeros behind the end than allowed',
    parts: [A, Buffer.alloc(LIMITS.bytes)],
    says: `more than ${LIMITS.bytes} bytes`,
  },
]
for (const { it, parts, says } of ATTACKS) {
  for (const pieces of [13, 100_000]) {
    test(`refused: ${it}, in pieces of ${pieces} bytes`, { timeout: 120_000 }, async () => {
      await assert.rejects(read(parts, pieces), refusedWith(says))
    })
  }
}

test('what the source breaks off with comes through as it is', async () => {
  async function* broken() {
    yield rawEntry('a', 'x'.repeat(5000)).subarray(0, 2000)
    throw new Error('the line went dead')
  }
  const names: string[] = []
  const reading = async () => {
    for await (const { name, content } of readTar(broken(), LIMITS)) {
      names.push(name)
      await collected(content)
    }
  }
  await assert.rejects(reading(), /the line went dead/)
  assert.deepEqual(names, ['a'])
})

test('a refusal does not wait for a source that has stopped to send', { timeout: 120_000 }, async () => {
  let go = () => {}
  let left = 0
  async function* stalled() {
    try {
      yield Buffer.concat([A, rawEntry('../x', 'x')])
      await new Promise<void>((resolve) => {
        go = resolve
      })
      yield A
    } finally {
      left++
    }
  }
  await assert.rejects(async () => {
    for await (const _ of readTar(stalled(), LIMITS));
  }, refusedWith('".."'))
  assert.equal(left, 0)
  go()
  await letOthers()
  assert.equal(left, 1, 'and lets it go when it goes on')
})

test('whoever stops reading stops the source', async () => {
  let left = 0
  async function* endless() {
    try {
      yield A
      for (;;) yield rawEntry('b', 'x')
    } finally {
      left++
    }
  }
  for await (const { name } of readTar(endless(), LIMITS)) if (name === 'b') break
  await letOthers()
  assert.equal(left, 1)
})

test('an archive with any one byte changed is refused or means the same', { timeout: 300_000 }, async () => {
  const whole = Buffer.concat([A, rawPax({ path: 'bb' }), rawEntry('b', 'text of b'), END])
  const same = JSON.stringify(await read([whole]))
  const contents = new Set<string>()
  for (let at = 0; at < whole.length; at++) {
    for (const flip of [1, 0x80]) {
      const changed = Buffer.from(whole)
      changed[at]! ^= flip
      try {
        const found = await read([changed], 100_000)
        if (JSON.stringify(found) !== same) contents.add(JSON.stringify(found.map(([name]) => name)))
      } catch (error) {
        assert.ok(error instanceof Problem && error.status === 400, `byte ${at}: ${error}`)
      }
    }
  }
  // Only content and extended headers have no checksum: such changes are the business of the index.
  for (const names of contents) assert.equal(JSON.parse(names).length, 2, names)
})
