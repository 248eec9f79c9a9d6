import { invalid, type Problem } from '@orrery/base/kernel'

const SPACE = /\s+/y
const WORD = /[\p{L}\p{N}_]+/uy

/*
 * A doubled quote and a quote behind a backslash do not end the text. Both stay in it as they are written, as in
 * MLflow: someone who needs a single quote uses double ones around it.
 */
const QUOTED = {
  "'": /'(?:''|\\'|[^'])*'/y,
  '"': /"(?:""|\\"|[^"])*"/y,
  '`': /`(?:``|[^`])*`/y,
} as const

export type Quote = keyof typeof QUOTED

/** A place in a text that only moves forward: every character is looked at a bounded number of times. */
export class Cursor {
  readonly text: string
  /** For messages: `filter` or `order_by`. */
  readonly field: string
  at = 0

  constructor(text: string, field: string) {
    this.text = text
    this.field = field
  }

  get atEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The character here; empty at the end. */
  get here(): string {
    return this.text.charAt(this.at)
  }

  skipSpace(): void {
    this.take(SPACE)
  }

  /** Takes what the sticky pattern matches here, if it does. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  /** Takes this very text, if it stands here. */
  takeText(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  word(): string | undefined {
    return this.take(WORD)
  }

  /** Takes a quoted text and returns what is between the quotes. */
  quoted(...allowed: Quote[]): string | undefined {
    const quote = this.here as Quote
    if (!allowed.includes(quote)) return undefined
    const found = this.take(QUOTED[quote])
    if (found === undefined) throw this.refuse(`the quote ${quote} is never closed`)
    return found.slice(1, -1)
  }

  /** What stands at `at`, short enough for a message. */
  glimpse(at = this.at): string {
    const rest = /^\s*\S*/.exec(this.text.slice(at, at + 40))?.[0].trim() ?? ''
    return rest === '' ? 'the end' : `'${rest}'`
  }

  refuse(what: string, hint?: string, at = this.at): Problem {
    return invalid(`Invalid ${this.field} at position ${at + 1}: ${what}.`, hint)
  }
}
