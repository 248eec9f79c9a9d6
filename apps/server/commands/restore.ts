import { resolve } from 'node:path'
import { CannotStart } from '../cannot-start.ts'
import { withoutPassword } from '../greeting.ts'
import { readSettings, type Settings } from '../settings.ts'
import { failCommand, takeFlag, takeOption, WHERE_THE_DATA_ARE } from './arguments.ts'
import { shownBytes } from './backup-folder.ts'
import { type RestoreReport, restoreBackup } from './restore-backup.ts'

const HELP = `Usage: orrery restore --from DIR [settings]

Makes a new home of a backup, and checks it. The home must not exist, or be empty. Everybody has to sign in anew and
to make new tokens: the backup does not know what was revoked after it.

  --from DIR                    what 'orrery backup' has made
  --keep-credentials            sessions and tokens of the backup stay valid
${WHERE_THE_DATA_ARE}

More: docs/operations.md`

/** `orrery restore`. */
export async function runRestore(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return
  }
  try {
    const { value: from, rest: others } = takeOption(argv, '--from')
    const { isGiven: keepCredentials, rest } = takeFlag(others, '--keep-credentials')
    const settings = readSettings(rest, process.env, 'restore')
    if (from === undefined) throw new CannotStart(`Say where the backup is: orrery restore --from DIR.`)
    console.log(tell(await restoreBackup(settings, resolve(from), { keepCredentials }), settings))
  } catch (error) {
    failCommand('The restore', error)
  }
}

function tell({ begunAt, database, artifacts }: RestoreReport, settings: Settings): string {
  const what = database === 'sqlite' ? 'the database and ' : ''
  const files = `${artifacts.files} artifacts (${shownBytes(artifacts.bytes)})`
  return `Restored ${what}${files} to ${settings.home}: everything acknowledged before ${begunAt}. Checked.\nStart it with: ${startLine(settings)}`
}

/** The command that starts a server on what was restored; a password is for the reader to fill in. */
export function startLine({ home, artifacts, databaseUrl }: Settings): string {
  const words = ['./orrery server --home', quoted(home)]
  if (artifacts !== undefined) words.push('--artifacts', quoted(artifacts))
  if (databaseUrl !== undefined) words.push('--database-url', `'${withoutPassword(databaseUrl)}'`)
  return words.join(' ')
}

/** For a shell, where that is needed. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
