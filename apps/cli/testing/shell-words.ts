/** As a shell splits a line; what comes from and goes to files is left out. */
export function shellWords(line: string): string[] {
  const words = line.replace(/ [<>] \S+$/, '').match(/(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? []
  return words.map((word) =>
    word.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double?.replace(/\\(.)/g, '$1') ?? single ?? '',
    ),
  )
}
