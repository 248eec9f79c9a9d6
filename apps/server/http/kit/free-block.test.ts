import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freeBlock } from './free-block.ts'

test('the block of a large chunk is taken away', () => {
  const chunk = new Uint8Array(64 * 1024)
  freeBlock(chunk)
  assert.equal(chunk.byteLength, 0)
  assert.equal(chunk.buffer.detached, true)
})

test('a chunk that shares its block keeps it', () => {
  const block = Buffer.alloc(64 * 1024, 'x')
  freeBlock(block.subarray(0, 32 * 1024))
  assert.equal(block.length, 64 * 1024)
})

test('a small chunk is left to the garbage collector', () => {
  const chunk = new Uint8Array(1024)
  freeBlock(chunk)
  assert.equal(chunk.byteLength, 1024)
})
