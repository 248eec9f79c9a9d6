import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { systemClock } from '@orrery/base/kernel'
import { findWorkspaceName } from '@orrery/domain/access'
import { type LogPlace, logQueries } from '@orrery/domain/events'
import { EXPORT_LINES } from '@orrery/domain/governance'
import type { Reads } from '@orrery/drivers/db'
import { CannotStart } from '../cannot-start.ts'
import { readSettings } from '../settings.ts'
import { failCommand, takeOption, WHERE_THE_DATA_ARE } from './arguments.ts'
import { openLog } from './open-log.ts'

const HELP = `Usage: orrery audit export --workspace NAME [--format jsonl|csv] [--to FILE] [settings]

Writes the audit log of a workspace, oldest first; the last line names its head. Also while a server is using it, and
without an event: whoever is on the machine can read the database anyway.

  --workspace NAME              whose log
  --format jsonl|csv            [jsonl]
  --to FILE                     a new file [standard output]
${WHERE_THE_DATA_ARE}

More: docs/audit.md`

const PAGE = 1_000

type Write = (text: string) => Promise<void>

/** `orrery audit export`. */
export async function runAuditExport(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return
  }
  try {
    const { value: workspace, rest: a } = takeOption(argv, '--workspace')
    const { value: format = 'jsonl', rest: b } = takeOption(a, '--format')
    const { value: to, rest } = takeOption(b, '--to')
    if (workspace === undefined) throw new CannotStart('Say whose log: orrery audit export --workspace NAME.')
    if (format !== 'jsonl' && format !== 'csv') {
      throw new CannotStart(`--format is '${format}'; allowed are jsonl and csv.`)
    }
    const settings = readSettings(rest, process.env, 'audit export')
    const log = await openLog(settings)
    try {
      await intoFile(to, (write) => exportLog(log.reads, workspace, format, write))
    } finally {
      await log.close()
    }
  } catch (error) {
    failCommand('The export', error)
  }
}

async function intoFile(to: string | undefined, work: (write: Write) => Promise<void>): Promise<void> {
  if (to === undefined) {
    return work(async (text) => {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain')
    })
  }
  const file = await open(to, 'wx', 0o600).catch((error: Error) => {
    throw new CannotStart(`${to} cannot be written: ${error.message}.`, { cause: error })
  })
  try {
    await work(async (text) => {
      await file.write(text)
    })
    await file.sync()
  } finally {
    await file.close()
  }
}

async function exportLog(reads: Reads, name: string, format: 'jsonl' | 'csv', write: Write): Promise<void> {
  const { beginning, line, end } = EXPORT_LINES[format]
  const head = await headNamed(reads, name)
  await write(beginning)
  let rows = 0
  let before: LogPlace | undefined
  do {
    const query = { workspaceKey: head.workspaceKey, durable: head.position, before, limit: PAGE }
    const page = await logQueries.rows(reads, { ...query, oldestFirst: true })
    if (page.rows.length > 0) await write(page.rows.map(line).join(''))
    rows += page.rows.length
    before = page.next
  } while (before !== undefined)
  const { number, position, hash } = head
  const exported = new Date(systemClock()).toISOString()
  await write(end({ workspace: name, exported, rows, number, position, hash, anchor: '' }))
}

async function headNamed(reads: Reads, name: string) {
  for (const head of await logQueries.heads(reads)) {
    if ((await findWorkspaceName(reads, head.workspaceKey)) === name) return head
  }
  throw new CannotStart(`There is no workspace '${name}' with events.`)
}
