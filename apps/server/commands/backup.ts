import { resolve } from 'node:path'
import { CannotStart } from '../cannot-start.ts'
import { readSettings } from '../settings.ts'
import { failCommand, takeFlag, takeOption, WHERE_THE_DATA_ARE } from './arguments.ts'
import { shownBytes } from './backup-folder.ts'
import { type BackupReport, makeBackup } from './make-backup.ts'
import { tellDamage } from './tell-damage.ts'

const HELP = `Usage: orrery backup --to DIR [settings]

Copies the workspace into a new folder, also while a server is using it. The copy is checked before it appears.

  --to DIR                      where the backup goes; must not exist, or be empty
  --artifacts-only              leaves the database to PostgreSQL's own tools
${WHERE_THE_DATA_ARE}

More: docs/operations.md`

/** `orrery backup`. Exits with 1 where nothing was backed up, and with 2 where the home itself is damaged. */
export async function runBackup(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return
  }
  try {
    const { value: to, rest: others } = takeOption(argv, '--to')
    const { isGiven: artifactsOnly, rest } = takeFlag(others, '--artifacts-only')
    const settings = readSettings(rest, process.env, 'backup')
    if (to === undefined) throw new CannotStart(`Say where the backup goes: orrery backup --to DIR.`)
    const report = await makeBackup(settings, resolve(to), { artifactsOnly })
    if (report.damaged.length > 0) {
      console.error(tellDamage(report.damaged))
      process.exitCode = 2
    }
    console.log(tell(report, resolve(to)))
  } catch (error) {
    failCommand('The backup', error)
  }
}

function tell({ begunAt, database, artifacts, damaged }: BackupReport, to: string): string {
  const files = `${artifacts.files} artifacts (${shownBytes(artifacts.bytes)})`
  const isWhole = damaged.length === 0
  const what = isWhole ? 'Backed up' : 'Backed up what there is:'
  if (database === 'sqlite') {
    const since = isWhole ? `: everything acknowledged before ${begunAt}. Checked.` : `, as of ${begunAt}.`
    return `${what} the database and ${files} to ${to}${since}`
  }
  return [
    `${what} ${files} to ${to}. The database is NOT in this backup.`,
    `Copy it now, with PostgreSQL's own tool: pg_dump --format=custom --file ${to}/database.dump "$ORRERY_DATABASE_URL"`,
    `Artifacts written after ${begunAt} may be known to that dump and missing here; restoring forgets them.`,
  ].join('\n')
}
