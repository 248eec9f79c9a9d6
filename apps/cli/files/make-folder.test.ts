import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { someFolder } from '../testing/type.ts'
import { makeFolder } from './make-folder.ts'
import { writeFileWhole } from './write-file.ts'

const never = new AbortController().signal
const bodyOf = (text: string) => new Blob([text]).stream()

test('folders are made as deep as they are named, also through a link, and those that are there are left', () => {
  const folder = someFolder()
  makeFolder(join(folder, 'a/b/c'))
  makeFolder(join(folder, 'a/b/c'))
  symlinkSync(join(folder, 'a'), join(folder, 'link'))
  makeFolder(join(folder, 'link/d'))
  assert.ok(statSync(join(folder, 'a/d')).isDirectory())
  assert.deepEqual(readdirSync(join(folder, 'a/b')), ['c'])
})

test('a file in the place of a folder is named', () => {
  const folder = someFolder()
  writeFileSync(join(folder, 'file'), '')
  const file = join(folder, 'file')
  for (const place of [file, join(file, 'x')]) {
    assert.throws(() => makeFolder(place), {
      exit: 'USAGE',
      message: new RegExp(
        `^${file}.* (is a file, and a folder is needed there|a part of the path is a file)`,
      ),
      hint: 'Give another place.',
    })
  }
})

const system = { skip: !existsSync('/proc/self') || !existsSync('/sys') }
for (const place of ['/proc/orrery/deep', '/sys/orrery'])
  test(`${place} is refused and not tried for ever`, system, () => {
    assert.throws(() => makeFolder(place), {
      exit: 'USAGE',
      message: new RegExp(
        `^${place.split('/').slice(0, 3).join('/')} cannot be written: .* \\(E[A-Z]+\\)\\.$`,
      ),
    })
  })

test('a folder in which one may not write is refused', { skip: process.getuid?.() === 0 }, () => {
  const folder = join(someFolder(), 'theirs')
  mkdirSync(folder)
  chmodSync(folder, 0o500)
  assert.throws(() => makeFolder(join(folder, 'x')), {
    exit: 'USAGE',
    message: /cannot be written: you may not \(EACCES\)/,
  })
})

test('a file that cannot be written is told in a sentence with its own name', async () => {
  const folder = someFolder()
  writeFileSync(join(folder, 'file'), '')
  const cases = {
    [join(folder, 'none/x')]: /none\/x cannot be written: nothing can be made there \(ENOENT\)/,
    [join(folder, 'file/x')]: /file\/x cannot be written: a part of the path is a file \(ENOTDIR\)/,
    [join(folder, 'x'.repeat(300))]: /cannot be written: the name is too long \(ENAMETOOLONG\)/,
  }
  for (const [place, message] of Object.entries(cases)) {
    await assert.rejects(writeFileWhole(place, bodyOf('x'), never), { exit: 'USAGE', message })
  }
  mkdirSync(join(folder, 'folder'))
  await assert.rejects(writeFileWhole(join(folder, 'folder'), bodyOf('x'), never), {
    message: /folder cannot be written: it is a folder \(EISDIR\)/,
  })
  assert.deepEqual(readdirSync(folder).sort(), ['file', 'folder'])
})
