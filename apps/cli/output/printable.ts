/*
 * Names are written by others. A terminal would obey what is hidden in them: move the cursor, change the title, turn the
 * direction of writing around.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Shows what a terminal would obey as \x1b or \u202e. Line breaks and tabs stay. */
export const printable = (text: string): string => text.replace(UNSEEN, escaped)

/** As `printable`, for one line: line breaks and tabs are shown too. */
export const printableLine = (text: string): string =>
  printable(text).replace(/[\t\n\u2028\u2029]/g, (letter) => SHOWN[letter] ?? escaped(letter))

const SHOWN: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n' }

function escaped(letter: string): string {
  const code = letter.charCodeAt(0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
}

/** As `printable`, in JSON and YAML, whose own escape it uses. */
export const printableJson = (text: string): string =>
  text.replace(UNSEEN, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
