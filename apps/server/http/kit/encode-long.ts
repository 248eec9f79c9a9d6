import { setImmediate } from 'node:timers/promises'
import type { MessageCodec } from '@orrery/base/formats'

/** Items that are encoded in one go: 1,000 versions of models take 4 ms, 600 KB. */
const SLICE = 1_000

type Fields = Readonly<Record<string, unknown>>

/** The name of the one list in an answer that is too long to be encoded in one go. */
export function longListIn(given: Fields): string | undefined {
  let found: string | undefined
  for (const name in given) {
    const value = given[name]
    if (!Array.isArray(value) || value.length <= SLICE) continue
    if (found !== undefined) return undefined
    found = name
  }
  return found
}

/**
 * What `codec.encode(given)` gives, in pieces, and others have their turn between them: all of 100,000 versions, which
 * MLflow's client asks for unless told otherwise, are 60 MB and held the loop for 0.6 s.
 *
 * @param name of the list; taken apart where it is the message's first field
 */
export async function encodeLong(codec: MessageCodec, given: Fields, name: string): Promise<Buffer[]> {
  const list = given[name] as readonly unknown[]
  const encode = (items: readonly unknown[]) => codec.encode({ ...given, [name]: items })
  const before = `{${JSON.stringify(name)}:[`
  const after = behindList(encode([]), before)
  if (!encode(list.slice(0, 1)).startsWith(before)) return [Buffer.from(codec.encode(given))]
  const pieces: Buffer[] = []
  for (let from = 0; from < list.length; from += SLICE) {
    const text = encode(list.slice(from, from + SLICE))
    const items = text.slice(before.length, text.length - after.length)
    pieces.push(Buffer.from(from === 0 ? before + items : `,${items}`))
    await setImmediate()
  }
  pieces.push(Buffer.from(after))
  return pieces
}

/** What stands behind the items, told from a message without any, in which codecs may leave the list out. */
function behindList(empty: string, before: string): string {
  if (empty.startsWith(`${before}]`)) return empty.slice(before.length)
  return empty === '{}' ? ']}' : `],${empty.slice(1)}`
}
