/** As Python's `repr` writes a text, which MLflow puts into sentences. */
export function asPythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\\\p{C}\p{Z}]|['"]/gu, (character) => {
    if (character === ' ') return character
    if (character === '\\' || character === quote) return `\\${character}`
    return NAMED.get(character) ?? (/['"]/.test(character) ? character : codeOf(character))
  })
  return `${quote}${escaped}${quote}`
}

const NAMED = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function codeOf(character: string): string {
  const hex = character.codePointAt(0)!.toString(16)
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
