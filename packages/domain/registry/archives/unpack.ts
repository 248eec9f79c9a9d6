import { createGunzip, type Gunzip } from 'node:zlib'
import { invalid, type Problem } from '@orrery/base/kernel'

/** Below this a packed file of zeros is no bomb: every tar file ends with a kilobyte of them. */
const BOMB_BYTES = 1024 * 1024

const CHUNK_BYTES = 64 * 1024

const MAGIC_BYTES = 6

const OTHERS: readonly { readonly magic: readonly number[]; readonly name: string }[] = [
  { magic: [0x50, 0x4b], name: 'a zip file' },
  { magic: [0x42, 0x5a, 0x68], name: 'packed with bzip2' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'packed with xz' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'packed with zstd' },
]
const GZIP = [0x1f, 0x8b]

/**
 * The bytes of a tar file that came plain or packed with gzip, told apart by its first bytes. Throws
 * INVALID_PARAMETER_VALUE for other packings, for what is packed twice, broken or goes on behind its end, and as soon as
 * more than `ratio` times the packed bytes have come out.
 */
export async function* unpack(body: AsyncIterable<Uint8Array>, ratio: number): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(body)
  if (!startsWith(head, GZIP)) {
    yield* refuseOthers(head, all)
    return
  }
  const inner = await peek(gunzip(all, ratio))
  if (startsWith(inner.head, GZIP)) {
    await inner.all.return(undefined)
    throw invalid('The archive is packed twice: unpack it once and send that.')
  }
  yield* refuseOthers(inner.head, inner.all)
}

async function* refuseOthers(head: Uint8Array, all: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const other = OTHERS.find(({ magic }) => startsWith(head, magic))
  if (other !== undefined || head.byteLength === 0) {
    await all.return(undefined)
    throw invalid(
      `The archive is ${other?.name ?? 'empty'}.`,
      'Send a tar file, plain or packed with gzip, as an export gives it.',
    )
  }
  yield* all
}

const startsWith = (head: Uint8Array, magic: readonly number[]) =>
  head.byteLength >= magic.length && magic.every((byte, i) => head[i] === byte)

/** The first bytes of a stream, and all of it. */
async function peek(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const rest = bytes[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array()
  while (head.byteLength < MAGIC_BYTES) {
    const { done, value } = await rest.next()
    if (done === true) break
    head = Buffer.concat([head, value])
  }
  const all = (async function* () {
    try {
      if (head.byteLength > 0) yield head
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
    } finally {
      await rest.return?.()
    }
  })()
  return { head, all }
}

async function* gunzip(packed: AsyncIterable<Uint8Array>, ratio: number): AsyncGenerator<Uint8Array> {
  const engine = createGunzip({ chunkSize: CHUNK_BYTES })
  const fed: Fed = { bytes: 0, whole: false, waits: true }
  const feeding = feed(engine, packed, fed)
  let made = 0
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      made += chunk.byteLength
      if (made > BOMB_BYTES && made > ratio * engine.bytesWritten) throw bomb(ratio)
      yield chunk
    }
    // The engine stops by itself at zeros behind the end, and takes other bytes there for one more packed stream.
    if (!fed.whole || engine.bytesWritten < fed.bytes) throw invalid('The archive goes on behind its end.')
  } catch (error) {
    throw isZlib(error) ? invalid(`The archive cannot be unpacked: ${error.message}.`) : error
  } finally {
    engine.destroy()
    // A source that has stopped to send is let go when it sends again, or ends: a refusal does not wait for that.
    if (!fed.waits) await feeding
  }
}

/** What has gone into the engine. */
interface Fed {
  bytes: number
  /** All of it. */
  whole: boolean
  /** For the source. */
  waits: boolean
}

async function feed(engine: Gunzip, packed: AsyncIterable<Uint8Array>, fed: Fed): Promise<void> {
  try {
    for await (const chunk of packed) {
      fed.waits = false
      fed.bytes += chunk.byteLength
      if (!engine.write(chunk)) await roomIn(engine)
      if (engine.destroyed || engine.readableEnded) return
      fed.waits = true
    }
    fed.waits = false
    fed.whole = true
    engine.end()
  } catch (error) {
    engine.destroy(error as Error)
  }
}

/** Resolves when a stream takes more, or never will. */
export function roomIn(stream: NodeJS.EventEmitter & { readonly destroyed: boolean }): Promise<void> {
  if (stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const events = ['drain', 'end', 'close']
    const done = () => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.on(event, done)
  })
}

function bomb(ratio: number): Problem {
  return invalid(`The archive unpacks to more than ${ratio} times its size.`)
}

const isZlib = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
