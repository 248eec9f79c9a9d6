import { setImmediate } from 'node:timers/promises'
import type { MessageCodec } from '@orrery/base/formats'

/** Items that are encoded in one go: 1,000 versions of models take 4 ms, 600 KB. */
const SLICE = 1_000

type Fields = Readonly<Record<string, unknown>>

/** The names of the lists in an answer that are too long to be encoded in one go. */
export function longListsIn(given: Fields): readonly string[] {
  const found: string[] = []
  for (const name in given) {
    const value = given[name]
    if (Array.isArray(value) && value.length > SLICE) found.push(name)
  }
  return found
}

/**
 * What `codec.encode(given)` gives, in pieces, and others have their turn between them: all of 100,000 versions, which
 * MLflow's client asks for unless told otherwise, are 60 MB and held the loop for 0.6 s. Text that becomes bytes at once is
 * also soon gone: a graph of 10,000 nodes, 3 MB in one text of many ropes, cost the garbage collector 25 ms.
 *
 * @param names of the lists; taken apart where they are the message's first fields, in this order
 */
export async function encodeLong(
  codec: MessageCodec,
  given: Fields,
  names: readonly string[],
): Promise<Buffer[]> {
  const [name, ...others] = names
  if (name === undefined) return [Buffer.from(codec.encode(given))]
  const list = given[name] as readonly unknown[]
  const before = `{${JSON.stringify(name)}:[`
  const short = Object.fromEntries(others.map((other) => [other, (given[other] as unknown[]).slice(0, 1)]))
  const isFirst = codec.encode({ ...given, ...short, [name]: list.slice(0, 1) }).startsWith(before)
  if (!isFirst) return [Buffer.from(codec.encode(given))]
  const pieces: Buffer[] = []
  for (let from = 0; from < list.length; from += SLICE) {
    // Of a message with this list alone.
    const text = codec.encode({ [name]: list.slice(from, from + SLICE) })
    const items = text.slice(before.length, text.length - ']}'.length)
    pieces.push(Buffer.from(from === 0 ? before + items : `,${items}`))
    await setImmediate()
  }
  const behind = await encodeLong(codec, { ...given, [name]: undefined }, others)
  const [next] = behind
  const isLast = next!.length === '{}'.length
  return [
    ...pieces,
    Buffer.from(isLast ? ']}' : '],'),
    ...(isLast ? [] : [next!.subarray(1), ...behind.slice(1)]),
  ]
}
