import { CannotStart } from '../cannot-start.ts'
import { failCommand } from './arguments.ts'

const HELP = `Usage: orrery audit verify [--anchor FILE] [--json] [settings]
       orrery audit anchor [settings]
       orrery audit export --workspace NAME [--format jsonl|csv] [--to FILE] [settings]

Looks at the audit log itself, also while a server is using it. More: orrery audit verify --help`

/** `orrery audit …`: what is done on the machine that has the data. */
export async function runAudit(argv: readonly string[]): Promise<void> {
  const [verb, ...rest] = argv
  if (verb === 'verify') return (await import('./audit-verify.ts')).runAuditVerify(rest)
  if (verb === 'anchor') return (await import('./audit-anchor.ts')).runAuditAnchor(rest)
  if (verb === 'export') return (await import('./audit-export.ts')).runAuditExport(rest)
  if (verb === undefined || verb === '--help' || verb === '-h') console.log(HELP)
  else failCommand('The command', new CannotStart(`There is no 'orrery audit ${verb}'.\n\n${HELP}`))
}
