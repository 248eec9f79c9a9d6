/** Smaller blocks are left to the garbage collector, which they do not hurry. */
const WORTH_IT_BYTES = 16 * 1024

/**
 * Takes the memory of a chunk away from it, at once; the chunk is empty afterwards.
 *
 * Node gives each chunk of a request a block of its own. Left to the garbage collector, a gigabyte of them made it
 * mark the whole heap every 30 MB, for up to 75 ms each time, and the process 62 MiB larger instead of 7.
 */
export function freeBlock(chunk: Uint8Array): void {
  const block = chunk.buffer as ArrayBuffer
  if (chunk.byteLength >= WORTH_IT_BYTES && block.byteLength === chunk.byteLength) block.transfer(0)
}
