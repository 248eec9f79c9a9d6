import { Worker } from 'node:worker_threads'
import { invalid } from '@orrery/base/kernel'
import { ARCHIVE_INDEX, type ArchiveIndex } from '../archives.ts'
import { type IndexLimits, parseIndex } from './archive-index.ts'

/** What the thread answers. */
export type Reply =
  | { readonly index: ArchiveIndex }
  | { readonly refusal: string; readonly hint: string | undefined }

export interface ReadingLimits {
  /** Up to here the index is read where it is: 50 ms at the worst, and the thread takes longer to start. @default 256 KiB */
  readonly inPlaceBytes?: number
  /** @default 20 s */
  readonly deadlineMs?: number
}

/** More than any index of 8 MB needs. */
const HEAP_MB = 1024

/**
 * Reads an index as `parseIndex` does; a long one on a thread of its own with a deadline. An index of 20,000 files takes
 * 0.1 s, and 8 MB of brackets, keys or folders that were made for it up to 2 s: on the loop nobody would be served
 * meanwhile.
 */
export async function readIndex(
  bytes: Uint8Array,
  limits: IndexLimits,
  { inPlaceBytes = 256 * 1024, deadlineMs = 20_000 }: ReadingLimits = {},
): Promise<ArchiveIndex> {
  if (bytes.byteLength <= inPlaceBytes) return parseIndex(bytes, limits)
  const { bytes: bytesLimit, entries, depth, versions, tags } = limits
  const reply = await onThread(
    { bytes, limits: { bytes: bytesLimit, entries, depth, versions, tags } },
    deadlineMs,
  )
  if ('index' in reply) return reply.index
  throw invalid(reply.refusal, reply.hint)
}

function onThread(workerData: unknown, deadlineMs: number): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const thread = new Worker(new URL('./index-thread.ts', import.meta.url), {
    execArgv: [],
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  const refuse = (why: string) => resolve({ refusal: `${ARCHIVE_INDEX}: ${why}`, hint: undefined })
  const deadline = setTimeout(() => refuse(`it takes longer than ${deadlineMs} ms to read.`), deadlineMs)
  thread.on('message', resolve)
  thread.on('error', (error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
      refuse('it takes too much memory to read.')
    else reject(error)
  })
  thread.on('exit', () => reject(new Error('the thread ended without an answer')))
  return promise.finally(() => {
    clearTimeout(deadline)
    return thread.terminate()
  })
}
