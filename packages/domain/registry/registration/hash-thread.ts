import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { type HashMessage, SLOT_BYTES } from './hasher.ts'

const buffers = new Uint8Array(workerData as SharedArrayBuffer)
let sha256 = createHash('sha256')

// One answer for each message, in their order: the slot that is free again, or the digest.
parentPort!.on('message', (message: HashMessage) => {
  if (message === 'begin') {
    sha256 = createHash('sha256')
  } else if (message === 'end') {
    parentPort!.postMessage(sha256.digest('hex'))
  } else {
    const { slot, length } = message
    sha256.update(buffers.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + length))
    parentPort!.postMessage(slot)
  }
})
