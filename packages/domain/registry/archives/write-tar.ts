import { type Pack, pack } from 'tar-stream'
import { roomIn } from './unpack.ts'

/** A file to be put into a tar file. */
export interface FileToPack {
  readonly name: string
  /** Bytes: `content` gives exactly so many or throws. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
  readonly content: () => AsyncIterable<Uint8Array>
}

/** Beyond this the seconds do not fit into what `tar-stream` writes them with. */
const LAST_SECOND = 2 ** 31 - 1

type Sink = ReturnType<Pack['entry']>

/**
 * A tar file (POSIX pax), made while it is read and no faster. Throws what a `content` throws, before the end marker:
 * what was written until then is no whole archive to anybody.
 */
export async function* writeTar(files: Iterable<FileToPack>): AsyncGenerator<Uint8Array> {
  const tar = pack()
  const writing = fill(tar, files)
  try {
    yield* tar as AsyncIterable<unknown> as AsyncIterable<Uint8Array>
  } finally {
    tar.destroy()
    await writing
  }
}

async function fill(tar: Pack, files: Iterable<FileToPack>): Promise<void> {
  try {
    for (const file of files) {
      await put(tar, file)
      if (tar.destroying) return
    }
    tar.finalize()
  } catch (error) {
    tar.destroy(error as Error)
  }
}

async function put(tar: Pack, { name, size, modifiedAt, content }: FileToPack): Promise<void> {
  const mtime = new Date(Math.min(Math.floor(modifiedAt / 1000), LAST_SECOND) * 1000)
  const sink = tar.entry({ name, size, mtime, mode: 0o644, type: 'file' })
  const closed = whenClosed(sink)
  closed.catch(() => {}) // awaited below, unless the content breaks off first
  for await (const chunk of content()) {
    if (!sink.write(chunk)) await roomIn(sink)
    if (sink.destroying) return
  }
  sink.end(null)
  await closed
}

function whenClosed(sink: Sink): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.on('error', reject)
    sink.on('close', () => resolve())
  })
}
