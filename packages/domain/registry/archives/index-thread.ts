import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '@orrery/base/kernel'
import { type IndexLimits, parseIndex } from './archive-index.ts'
import type { Reply } from './read-index.ts'

/* Reads the one index that it was started with (`read-index.ts`). */

const { bytes, limits } = workerData as { readonly bytes: Uint8Array; readonly limits: IndexLimits }

function read(): Reply {
  try {
    return { index: parseIndex(bytes, limits) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { refusal: error.message, hint: error.hint }
  }
}

parentPort!.postMessage(read())
