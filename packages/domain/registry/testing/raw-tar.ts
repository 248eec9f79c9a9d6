/*
 * Tar files block by block, for tests of what no sound writer would write. Fields are where POSIX has them (ustar
 * interchange format).
 */

export interface RawHeader {
  readonly name: string | Buffer
  readonly size?: number
  /** One character. @default '0', a file */
  readonly type?: string
  readonly linkName?: string
  /** Before `name`, with a slash between. */
  readonly prefix?: string
  /** Instead of the octal digits of `size`. */
  readonly sizeField?: Buffer
  /** @default 'ustar\0' */
  readonly magic?: string
  /** @default '00' */
  readonly magicVersion?: string
  readonly mode?: string
}

export const BLOCK = 512
/** The end marker. */
export const END = Buffer.alloc(2 * BLOCK)

export function rawHeader(header: RawHeader): Buffer {
  const { name, size = 0, type = '0', linkName = '', prefix = '' } = header
  const block = Buffer.alloc(BLOCK)
  Buffer.from(name as string).copy(block, 0, 0, 100)
  block.write(header.mode ?? '0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  const sizeField = header.sizeField ?? Buffer.from(`${size.toString(8).padStart(11, '0')}\0`)
  sizeField.copy(block, 124, 0, 12)
  block.write('00000000000\0', 136)
  block.write(type, 156, 'latin1')
  block.write(linkName, 157)
  block.write(header.magic ?? 'ustar\0', 257, 'latin1')
  block.write(header.magicVersion ?? '00', 263, 'latin1')
  block.write(prefix, 345)
  block.fill(' ', 148, 156)
  const sum = block.reduce((all, byte) => all + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** Content filled up to whole blocks. */
function rawContent(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string)
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)])
}

/** An entry: header and content. */
export function rawEntry(
  name: string | Buffer,
  content: string | Buffer = '',
  more: Partial<RawHeader> = {},
) {
  const size = Buffer.byteLength(content as string)
  return Buffer.concat([rawHeader({ name, size, ...more }), rawContent(content)])
}

/** An extended header (`x`) or a global one (`g`) with these fields. */
export function rawPax(fields: Readonly<Record<string, string>>, type = 'x'): Buffer {
  const records = Object.entries(fields).map(([field, value]) => {
    const rest = ` ${field}=${value}\n`
    let length = Buffer.byteLength(rest) + 1
    while (length !== Buffer.byteLength(rest) + String(length).length) {
      length = Buffer.byteLength(rest) + String(length).length
    }
    return `${length}${rest}`
  })
  return rawEntry('PaxHeader', records.join(''), { type })
}

/** Bytes as they might arrive, in pieces of any length. */
export async function* inPieces(bytes: Uint8Array, length = 1000): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += length) yield bytes.subarray(from, from + length)
}

export async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
