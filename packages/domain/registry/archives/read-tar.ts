import { invalid } from '@orrery/base/kernel'
import { type Extract, extract, type Header } from 'tar-stream'
import { checkEntryName, refused } from './entry-names.ts'
import { roomIn } from './unpack.ts'

const BLOCK = 512

const ZEROS = Buffer.alloc(4096)

/** What `tar-stream` tells of an entry. */
interface SeenHeader extends Omit<Header, 'type' | 'size' | 'pax'> {
  readonly type: Header['type'] | null
  readonly size: number | null
  /** Where the content begins. */
  readonly byteOffset: number
  readonly pax: Readonly<Record<string, string>> | null
}

/** An entry as `tar-stream` gives it. */
interface Source extends AsyncIterable<unknown> {
  readonly header: unknown
  resume(): void
}

/** Which fields an extended header may have: no links, no sparse files, no vendor's own. */
const PAX_FIELDS = ['path', 'size', 'mtime', 'atime', 'ctime', 'uid', 'gid', 'uname', 'gname']

const KINDS: Readonly<Record<string, string>> = {
  link: 'a hard link',
  symlink: 'a symbolic link',
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a pipe',
  'contiguous-file': 'a contiguous file',
}

export interface TarLimits {
  /** Of the whole tar file, unpacked. */
  readonly bytes: number
  readonly entries: number
  /** Segments of a name. */
  readonly depth: number
}

/** A file or folder of a tar file. The content must be read before the next one is asked for, or is passed over. */
export interface TarEntry {
  readonly kind: 'file' | 'folder'
  /** Canonical, without a slash at its end. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly content: AsyncIterable<Uint8Array>
}

/**
 * The files and folders of a tar file, as they come. Throws INVALID_PARAMETER_VALUE, before an entry is given, where it
 * breaks one of the rules: regular files and folders only, with plain names (`checkEntryName`), no headers beside those of
 * POSIX, nothing between entries and behind the end marker, which must be there, no more bytes and entries than `limits`.
 * Bytes are counted as they come, whatever the headers say. Owners, modes and times are not looked at.
 *
 * `tar-stream` takes archives apart leniently: it skips zeros wherever they stand, lets long-name and global headers
 * change the next name, and ends where the bytes end. So the place of each entry is compared with where the one before
 * ended: any header that was not asked for is a gap.
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  limits: TarLimits,
): AsyncGenerator<TarEntry> {
  const tar = extract()
  const fed: Fed = { bytes: 0, textEnd: 0, fault: undefined, waits: true }
  tar.on('error', (error) => {
    fed.fault ??= error
  })
  const feeding = feed(tar, bytes, fed, limits.bytes)
  let end = 0
  let entries = 0
  try {
    for await (const entry of entriesOf(tar, fed)) {
      entries++
      if (entries > limits.entries) throw invalid(`The archive has more than ${limits.entries} entries.`)
      const header = entry.header as SeenHeader
      const seen = checked(header, end, limits.depth)
      const content = contentOf(entry, fed)
      yield { ...seen, content }
      entry.resume()
      end = header.byteOffset + padded(seen.size)
    }
  } finally {
    tar.destroy()
    // A source that has stopped to send is let go when it sends again, or ends: a refusal does not wait for that.
    if (!fed.waits) await feeding
  }
  if (fed.textEnd > end) throw invalid('The archive goes on behind its end.')
  if (fed.bytes - end < 2 * BLOCK || fed.bytes % BLOCK !== 0) {
    throw invalid('The archive is cut off: its end marker is missing.')
  }
}

/** What has gone into the reader. */
interface Fed {
  bytes: number
  /** Where the zeros begin with which it ends. */
  textEnd: number
  /** Why it ended early. Whoever asks an entry later only hears that it was destroyed. */
  fault: Error | undefined
  /** For the source. */
  waits: boolean
}

async function* entriesOf(tar: Extract, fed: Fed): AsyncGenerator<Source> {
  try {
    yield* tar
  } catch (error) {
    throw asProblem(fed.fault ?? error)
  }
}

async function* contentOf(entry: Source, fed: Fed): AsyncGenerator<Uint8Array> {
  try {
    yield* entry as AsyncIterable<Uint8Array>
  } catch (error) {
    throw asProblem(fed.fault ?? error)
  }
}

const BY_READER = [
  'Unexpected end of data',
  'Invalid header',
  'Header exceeds max size',
  'Invalid tar header',
]

/** What the reader throws comes from the archive; what the source throws says itself what it is. */
function asProblem(error: unknown): unknown {
  if (!(error instanceof Error) || !BY_READER.some((words) => error.message.startsWith(words))) return error
  return invalid(
    error.message === 'Unexpected end of data'
      ? 'The archive is cut off.'
      : `The archive is no tar file that can be read: ${error.message.replace(/\.? Maybe.*/, '')}.`,
  )
}

async function feed(tar: Extract, bytes: AsyncIterable<Uint8Array>, fed: Fed, limit: number): Promise<void> {
  try {
    for await (const chunk of bytes) {
      fed.waits = false
      const text = endOfText(chunk)
      if (text > 0) fed.textEnd = fed.bytes + text
      fed.bytes += chunk.byteLength
      if (fed.bytes > limit) throw invalid(`The archive has more than ${limit} bytes, unpacked.`)
      if (!tar.write(chunk)) await roomIn(tar)
      if (tar.destroyed) return
      fed.waits = true
    }
    fed.waits = false
    tar.end(null)
  } catch (error) {
    fed.fault ??= error as Error
    tar.destroy(error as Error)
  }
}

/** Where the zeros begin with which a chunk ends. Whole models consist of zeros, so they are compared in windows. */
function endOfText(chunk: Uint8Array): number {
  for (let end = chunk.byteLength; end > 0; ) {
    const window = chunk.subarray(Math.max(0, end - ZEROS.byteLength), end)
    if (!ZEROS.subarray(0, window.byteLength).equals(window)) {
      return end - window.byteLength + window.findLastIndex((byte) => byte !== 0) + 1
    }
    end -= window.byteLength
  }
  return 0
}

function checked(header: SeenHeader, end: number, depth: number): Pick<TarEntry, 'kind' | 'name' | 'size'> {
  const { name: given, size, type } = header
  if (type !== 'file' && type !== 'directory') {
    throw refused(
      given,
      `is ${KINDS[type ?? ''] ?? 'of a kind that is not allowed'}; archives hold files and folders`,
    )
  }
  checkExtended(given, header.pax)
  if (size === null || !isSize(size)) throw refused(given, 'has a size that cannot be')
  if (type === 'directory' && size > 0) throw refused(given, 'is a folder with content')
  const headerBytes = BLOCK + (header.pax === null ? 0 : BLOCK + padded(paxBytes(header.pax)))
  if (header.byteOffset - end !== headerBytes) {
    throw refused(
      given,
      'does not follow the one before it: there is an end marker or a header between them that is not allowed. Make the archive with "tar --format=pax" or export it anew',
    )
  }
  const name = type === 'directory' ? given.replace(/\/$/, '') : given
  checkEntryName(name, depth)
  return { kind: type === 'file' ? 'file' : 'folder', name, size }
}

/** -0 is how the reader takes the -1 that stands in two's complement. */
const isSize = (size: number) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0)

function checkExtended(name: string, pax: SeenHeader['pax']): void {
  const other = Object.keys(pax ?? {}).find((field) => !PAX_FIELDS.includes(field))
  if (other !== undefined) {
    throw refused(name, `has the extended field ${JSON.stringify(other.slice(0, 100))}, which is not allowed`)
  }
  if (pax?.size !== undefined && !/^\d{1,16}$/.test(pax.size))
    throw refused(name, 'has a size that cannot be')
}

/** The length of an extended header with these fields: each stands as `<length> <field>=<value>\n`. */
function paxBytes(pax: Readonly<Record<string, string>>): number {
  let sum = 0
  for (const [field, value] of Object.entries(pax)) {
    const rest = Buffer.byteLength(` ${field}=${value}\n`)
    let length = rest + 1
    while (length !== rest + String(length).length) length = rest + String(length).length
    sum += length
  }
  return sum
}

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK
