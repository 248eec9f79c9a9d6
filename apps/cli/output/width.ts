// Letters that take two columns of a terminal: CJK, Hangul, kana, full-width forms and emoji.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u
const NONE = /^(?:\p{Mn}|\p{Me}|[\u200b\u200c]|\u200d|\ufe0f)$/u
const ASCII = /^[\x20-\x7e]*$/

/** Columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const letter of text) width += NONE.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1
  return width
}

/** Cuts a text to so many columns; `…` tells that there was more. */
export function cut(text: string, most: number): string {
  if (widthOf(text) <= most) return text
  let kept = ''
  let width = 0
  for (const letter of text) {
    const next = widthOf(letter)
    if (width + next > most - 1) break
    kept += letter
    width += next
  }
  return `${kept}…`
}

export const pad = (text: string, width: number, right: boolean): string => {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)))
  return right ? gap + text : text + gap
}
