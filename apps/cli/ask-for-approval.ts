interface Asked {
  readonly kind?: unknown
  readonly name?: unknown
  readonly version?: unknown
  readonly value?: unknown
  readonly archive_existing?: unknown
}

/** The command for what the server tells in its own words: `POST …/approvals with {…} and a reason`. */
export function askForApproval(message: string): string | undefined {
  const written = /POST \/api\/orrery\/v1\/approvals with (\{.*\}) and a reason\.$/.exec(message)?.[1]
  if (written === undefined) return undefined
  let asked: Asked
  try {
    asked = JSON.parse(written) as Asked
  } catch {
    return undefined
  }
  const { kind, name, version, value, archive_existing } = asked
  const what = version === undefined ? String(name) : `${name}/${version}`
  const archive = archive_existing === true ? ' --archive-existing' : ''
  return `Or: orrery approval request ${word(what)} ${word(String(value))} --kind ${word(String(kind))}${archive} --reason "…"`
}

/** As a shell takes it for one word. */
const word = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
