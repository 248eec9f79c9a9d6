import { CannotStart } from '../cannot-start.ts'
import { readSettings } from '../settings.ts'
import { failCommand, takeFlag, WHERE_THE_DATA_ARE } from './arguments.ts'
import { shownBytes } from './backup-folder.ts'
import { type CheckedArtifacts, checkArtifacts } from './check-artifacts.ts'
import { DamagedDatabase, openSource, type Source } from './stores.ts'
import { tellDamage } from './tell-damage.ts'

const HELP = `Usage: orrery check [--digests] [settings]

Reads every page of the database, and holds the artifacts against what it says of them; also while a server is using the
home, and without changing anything. Exits with 0 where all is sound, with 2 where something is damaged, and with 1 where
it could not be checked.

  --digests                     reads every artifact too and compares its SHA-256; else sizes alone
${WHERE_THE_DATA_ARE}

The audit log has a check of its own: orrery audit verify. More: docs/operations.md`

/** `orrery check`. */
export async function runCheck(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return
  }
  try {
    const { isGiven: withDigests, rest } = takeFlag(argv, '--digests')
    const source = await openSource(readSettings(rest, process.env, 'check'))
    try {
      await check(source, withDigests)
    } finally {
      await source.close()
    }
  } catch (error) {
    failCommand('The check', error)
    if (error instanceof DamagedDatabase) process.exitCode = 2
  }
}

async function check(source: Source, withDigests: boolean): Promise<void> {
  console.log(await source.checkDatabase())
  if (!source.isCurrent) {
    throw new CannotStart(
      'The tables are those of an older version: the artifacts are checked by that version, or after the upgrade.',
    )
  }
  const checked = await checkArtifacts(source.reads, source.artifacts, withDigests)
  if (checked.damaged.length > 0) {
    console.error(tellDamage(checked.damaged))
    process.exitCode = 2
  } else console.log(tell(checked, withDigests))
}

function tell({ files, bytes }: CheckedArtifacts, withDigests: boolean): string {
  const how = withDigests
    ? 'with the SHA-256 that was uploaded'
    : 'with its size (--digests compares the bytes)'
  return `Artifacts: each of ${files} (${shownBytes(bytes)}) is there, ${how}.`
}
