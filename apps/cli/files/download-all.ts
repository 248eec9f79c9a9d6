import { lstatSync } from 'node:fs'
import { CliError } from '../exit-codes.ts'
import { placeIn } from './place-in.ts'
import { writeFileWhole } from './write-file.ts'

export interface RemoteFile {
  /** Below the target folder, with `/` between folders. */
  readonly path: string
  open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
}

const AT_ONCE = 8

/** Downloads files, several at a time; the first failure ends the others. @returns how many there were */
export async function downloadAll(
  folder: string,
  files: Iterable<RemoteFile> | AsyncIterable<RemoteFile>,
  { force, signal }: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<number> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const queue = iterate(files)
  let count = 0
  const work = async () => {
    for (;;) {
      either.throwIfAborted()
      const { done, value: file } = await queue.next()
      if (done === true) return
      const place = placeIn(folder, file.path)
      checkFree(place, force)
      await writeFileWhole(place, await file.open(either), either)
      count++
    }
  }
  const results = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, () =>
      work().catch((error: unknown) => {
        if (!failed.signal.aborted) failed.abort(error)
        throw error
      }),
    ),
  )
  signal.throwIfAborted()
  if (results.some(({ status }) => status === 'rejected')) throw failed.signal.reason
  return count
}

async function* iterate<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  yield* items
}

function checkFree(place: string, force: boolean): void {
  const found = lstatSync(place, { throwIfNoEntry: false })
  if (found === undefined) return
  if (found.isDirectory()) throw new CliError('STATE', `${place} is a folder, and a file of that name comes.`)
  if (!force) throw new CliError('STATE', `${place} is there already.`, 'Pass --force to replace files.')
}
