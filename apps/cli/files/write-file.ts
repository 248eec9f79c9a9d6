import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { cannotWrite } from './file-trouble.ts'

/**
 * Writes a file whole or not at all: beside its place under another name, then renamed. Whatever ends it early, also the
 * signal, takes the half of it away.
 */
export async function writeFileWhole(
  place: string,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const part = join(dirname(place), `.${basename(place)}.part-${crypto.randomUUID().slice(0, 8)}`)
  try {
    await pipeline(Readable.fromWeb(body as WebStream), createWriteStream(part, { flags: 'wx' }), { signal })
    await rename(part, place)
  } catch (error) {
    // The first error counts: where the folder is a file, this fails as well.
    await rm(part, { force: true }).catch(() => {})
    signal.throwIfAborted()
    throw cannotWrite(place, error)
  }
}
