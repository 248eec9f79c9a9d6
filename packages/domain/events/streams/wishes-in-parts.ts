import type { StreamWishes } from '../streams.ts'

/** Wishes on their way to another server, in words of at most 1,000 characters. */
export interface WishesChange {
  readonly stream: string
  /** Whose the stream must be. */
  readonly account: string
  readonly wishes: StreamWishes
}

interface Part {
  readonly stream: string
  readonly account: string
  /** The same in all parts of one change. */
  readonly change: string
  readonly part: number
  readonly of: number
  readonly text: string
}

const TEXT_LENGTH = 600
/** Changes of which some part is missing: parts are sent together, so more than a few are lost ones. */
const MOST_PENDING = 100
const MOST_PARTS = 64

export function inParts({ stream, account, wishes }: WishesChange, change: string): string[] {
  const text = Buffer.from(JSON.stringify(wishes)).toString('base64url')
  const of = Math.ceil(text.length / TEXT_LENGTH)
  return Array.from({ length: of }, (_, part) => {
    const piece = text.slice(part * TEXT_LENGTH, (part + 1) * TEXT_LENGTH)
    return JSON.stringify({ stream, account, change, part, of, text: piece } satisfies Part)
  })
}

/** Puts parts together as they come, in any order, some of them twice. */
export function makePartsJoiner() {
  const pending = new Map<string, (string | undefined)[]>()

  /** @returns the change when its last part has come */
  return function join(word: string): WishesChange | undefined {
    const part = readPart(word)
    if (part === undefined) return undefined
    const texts = pending.get(part.change) ?? new Array<string | undefined>(part.of).fill(undefined)
    texts[part.part] = part.text
    pending.set(part.change, texts)
    if (texts.includes(undefined)) {
      if (pending.size > MOST_PENDING) pending.delete(pending.keys().next().value!)
      return undefined
    }
    pending.delete(part.change)
    try {
      const wishes = JSON.parse(Buffer.from(texts.join(''), 'base64url').toString()) as StreamWishes
      return { stream: part.stream, account: part.account, wishes }
    } catch {
      return undefined
    }
  }
}

function readPart(word: string): Part | undefined {
  if (word === '') return undefined
  try {
    const part = JSON.parse(word) as Part
    const isSound =
      Number.isInteger(part.of) && part.of <= MOST_PARTS && part.part >= 0 && part.part < part.of
    return isSound ? part : undefined
  } catch {
    return undefined
  }
}
