import { findPack } from './pack/find-pack.ts'
import about from './package.json' with { type: 'json' }

// The database holds what people log and the keys that the server signs with: for this user only.
process.umask(0o077)

/** The commands of `./orrery`, each loaded when it is called. */
const COMMANDS: Readonly<Record<string, { says: string; run: (argv: string[]) => Promise<void> }>> = {
  server: {
    says: 'start the workspace',
    run: async (argv) => (await loadServer()).runServer(argv),
  },
  backup: {
    says: 'copy a workspace, also while it is in use',
    run: async (argv) => (await import('./commands/backup.ts')).runBackup(argv),
  },
  check: {
    says: 'read the whole database, and hold the artifacts against it',
    run: async (argv) => (await import('./commands/check.ts')).runCheck(argv),
  },
  restore: {
    says: 'make a new home of a backup',
    run: async (argv) => (await import('./commands/restore.ts')).runRestore(argv),
  },
  audit: {
    says: 'check, anchor and export the audit log',
    run: async (argv) => (await import('./commands/audit.ts')).runAudit(argv),
  },
  'reset-password': {
    says: 'give an account a new password',
    run: async (argv) => (await import('./commands/reset-password.ts')).runResetPassword(argv),
  },
}

/** Packed, where that can be: the same, loaded in half the time. */
async function loadServer(): Promise<typeof import('./run-server.ts')> {
  const pack = findPack()
  return pack === undefined ? import('./run-server.ts') : import(pack)
}

const [name = 'help', ...argv] = process.argv.slice(2)
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
if (command !== undefined) await command.run(argv)
else if (name === '--version') console.log(about.version)
else {
  const list = Object.entries(COMMANDS).map(([key, { says }]) => `  orrery ${key.padEnd(16)} ${says}`)
  const isQuestion = ['help', '--help', '-h'].includes(name)
  const text = `Usage: orrery COMMAND [settings]\n\n${list.join('\n')}\n\nMore: orrery COMMAND --help`
  if (isQuestion) console.log(text)
  else console.error(`There is no command '${name}'.\n\n${text}`)
  process.exitCode = isQuestion ? 0 : 1
}
