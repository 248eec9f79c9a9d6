/** What moves cursors, turns directions, or ends lines: in a log or a terminal it would be taken for something else. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu

/** A text of somebody else, cut and harmless to show and to log: one line, control characters as `\u{1b}`. */
export function safeText(text: string, most: number): string {
  const start = text.length > 2 * most ? text.slice(0, 2 * most) : text
  const safe = start
    .toWellFormed()
    .replace(/[\r\n\t]+/g, ' ')
    .replace(HARMFUL, escaped)
  return safe.length > most ? `${safe.slice(0, most - 1).toWellFormed()}…` : safe
}

const escaped = (character: string) => `\\u{${character.codePointAt(0)!.toString(16)}}`

export function safeBytes(bytes: Uint8Array, most: number): string {
  return safeText(new TextDecoder().decode(bytes.subarray(0, 4 * most)), most)
}
