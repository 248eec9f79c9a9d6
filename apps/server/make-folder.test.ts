import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from './make-folder.ts'

test('makes all that is missing, for this user only, and is content with what is there', () => {
  const root = mkdtempSync(join(tmpdir(), 'orrery-folder-'))
  try {
    const deep = join(root, 'a/b/c')
    makeFolder(deep)
    makeFolder(deep)
    assert.equal(statSync(deep).mode & 0o777, 0o700)
    writeFileSync(join(root, 'file'), '')
    assert.throws(() => makeFolder(join(root, 'file/below')), /file is a file/)
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('says no where no folder can be made', { skip: process.platform !== 'linux' }, () => {
  assert.throws(() => makeFolder('/proc/nowhere/home'), { code: 'ENOENT' })
})
