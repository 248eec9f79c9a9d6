import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@orrery/base/kernel'
import { findWorkspaceName } from '@orrery/domain/access'
import { logQueries } from '@orrery/domain/events'
import { anchorOf, headsForAnchor, keepAnchor } from '@orrery/domain/governance'
import { CannotStart } from '../cannot-start.ts'
import { readSettings } from '../settings.ts'
import { failCommand, WHERE_THE_DATA_ARE } from './arguments.ts'
import { openLog } from './open-log.ts'

const HELP = `Usage: orrery audit anchor [settings]

Writes where the audit log of every workspace ends now into a new file below anchors/ of the home, also while a server is
using it, and prints its name. Keep a copy where those who can change the database cannot change it.

${WHERE_THE_DATA_ARE}

More: docs/audit.md`

/** `orrery audit anchor`. */
export async function runAuditAnchor(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return
  }
  try {
    const settings = readSettings(argv, process.env, 'audit anchor')
    const log = await openLog(settings)
    try {
      const heads = await headsForAnchor(log.reads, logQueries, findWorkspaceName)
      if (heads.length === 0) throw new CannotStart('There are no events yet: nothing to write down.')
      const folder = join(settings.home, 'anchors')
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const { file, digest } = await keepAnchor(folder, anchorOf(heads, systemClock()))
      console.log(`${join(folder, file)}\nSHA-256 ${digest}`)
    } finally {
      await log.close()
    }
  } catch (error) {
    failCommand('The anchor', error)
  }
}
