/** A requirement as pip reads it: name, then extras, version and marker. */
const REQUIREMENT = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)\s*(?=$|[[=<>!~;@(\s])(.*)$/is

/**
 * The lines of a `requirements.txt` by the package they ask for: `Scikit_Learn==1.5.2 # pinned` is `scikit-learn` with
 * `==1.5.2`. Options, paths and addresses (`-r x.txt`, `git+https://…`) stand under themselves. Lines of one package,
 * told apart by markers, are joined by a comma.
 */
export function requirementsByName(lines: readonly string[]): Map<string, string> {
  const rests = new Map<string, string[]>()
  for (const given of lines) {
    const line = given.replace(/(^|\s)#.*$/s, '').trim()
    if (line === '') continue
    const [, name, rest] = REQUIREMENT.exec(line) ?? []
    const key = name === undefined ? line : name.toLowerCase().replace(/[._-]+/g, '-')
    rests.set(key, [...(rests.get(key) ?? []), rest?.trim() ?? ''])
  }
  return new Map([...rests].map(([name, all]) => [name, all.join(', ')]))
}
