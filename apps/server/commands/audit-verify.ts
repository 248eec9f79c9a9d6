import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findWorkspaceName } from '@orrery/domain/access'
import { logQueries } from '@orrery/domain/events'
import { type AnchorFile, anchorFaults, anchorNames, parseAnchor, verifyLog } from '@orrery/domain/governance'
import type { Reads } from '@orrery/drivers/db'
import { CannotStart } from '../cannot-start.ts'
import { readSettings } from '../settings.ts'
import { failCommand, takeFlag, takeOption, WHERE_THE_DATA_ARE } from './arguments.ts'
import { openLog } from './open-log.ts'

const HELP = `Usage: orrery audit verify [--anchor FILE] [--json] [settings]

Checks the audit log of every workspace, event by event, also while a server is using it: what was changed, deleted, put in
or put elsewhere is told with its position. Exits with 0 where all is as it was written, with 2 where it is not, and with 1
where it could not be checked.

  --anchor FILE                 a file of anchors/ that was kept elsewhere; what it names must be in the log
                                [the newest of the home's own]
  --json                        one JSON object instead of sentences
${WHERE_THE_DATA_ARE}

More: docs/audit.md`

interface Checked {
  readonly workspace: string
  readonly verified: number
  readonly head: { readonly number: number; readonly position: number; readonly hash: string }
  readonly faults: readonly {
    readonly position: number
    readonly number: number
    readonly kind: string
    readonly says: string
  }[]
}

/** `orrery audit verify`. */
export async function runAuditVerify(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return
  }
  try {
    const { isGiven: asJson, rest } = takeFlag(argv, '--json')
    const { value: file, rest: more } = takeOption(rest, '--anchor')
    const settings = readSettings(more, process.env, 'audit verify')
    const anchor = await findAnchor(settings.home, file)
    const log = await openLog(settings)
    try {
      const checked = await check(log.reads, anchor?.anchor)
      const files = await anchorFaults(join(settings.home, 'anchors'))
      if (asJson)
        console.log(JSON.stringify({ anchor: anchor?.name ?? null, files, workspaces: checked }, null, 2))
      else console.log(tell(checked, anchor?.name, files))
      if (files.length > 0 || checked.some(({ faults }) => faults.length > 0)) process.exitCode = 2
    } finally {
      await log.close()
    }
  } catch (error) {
    failCommand('The check', error)
  }
}

async function findAnchor(
  home: string,
  given: string | undefined,
): Promise<{ readonly name: string; readonly anchor: AnchorFile } | undefined> {
  const folder = join(home, 'anchors')
  const newest = given === undefined ? (await anchorNames(folder)).at(-1) : undefined
  const name = given ?? (newest === undefined ? undefined : join(folder, newest))
  if (name === undefined) return undefined
  const text = await readFile(name, 'utf8').catch((error: Error) => {
    throw new CannotStart(`The anchor cannot be read: ${error.message}.`, { cause: error })
  })
  return { name, anchor: parseAnchor(text) }
}

async function check(reads: Reads, anchor: AnchorFile | undefined): Promise<readonly Checked[]> {
  const checked: Checked[] = []
  for (const { workspaceKey, verified, head, faults } of await verifyLog(reads, logQueries, anchor)) {
    const { number, position, hash } = head
    const name = await findWorkspaceName(reads, workspaceKey)
    const workspace = name ?? `(deleted, ${workspaceKey})`
    checked.push({ workspace, verified, head: { number, position, hash }, faults })
  }
  return checked
}

function tell(checked: readonly Checked[], anchor: string | undefined, files: readonly string[]): string {
  const lines = checked.flatMap(({ workspace, verified, head, faults }) => [
    `${workspace}: ${verified} events ${faults.length === 0 ? 'verified' : `looked at, ${faults.length} faults`}; the last is number ${head.number}, ${head.hash}`,
    ...faults.map(({ position, kind, says }) => `  at position ${position}, ${kind}: ${says}`),
  ])
  const compared =
    anchor === undefined ? 'There is no anchor to compare with.' : `Compared with the anchor ${anchor}.`
  const count = checked.reduce((sum, { faults }) => sum + faults.length, files.length)
  const verdict =
    count === 0 ? 'The log is as it was written.' : 'The log, or an anchor, is NOT as it was written.'
  return [...lines, compared, ...files.map((says) => `  among the anchors: ${says}`), verdict].join('\n')
}
