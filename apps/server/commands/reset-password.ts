import { text } from 'node:stream/consumers'
import { CannotStart } from '../cannot-start.ts'
import { readSettings, type Settings } from '../settings.ts'
import { failCommand, takeFlag } from './arguments.ts'
import { type ResetDone, resetAccount } from './reset-account.ts'

const HELP = `Usage: orrery reset-password NAME [settings]

Gives the account NAME a new password: prints a link that sets one, works once and for an hour. The link says who may
have the account, so hand it to nobody else. A home with SQLite belongs to one process: stop its server first. With
PostgreSQL servers may be running.

  --password-stdin              take the new password from standard input, one line, and print no link
  --revoke                      end every session and token of the account
  --home DIR                    the home of the workspace [./.orrery]
  --database-url URL            its PostgreSQL, if it has one

More: docs/access.md`

/** `orrery reset-password`. */
export async function runResetPassword(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return
  }
  try {
    const { name, rest } = takeName(argv)
    const { isGiven: revoke, rest: others } = takeFlag(rest, '--revoke')
    const { isGiven: fromStdin, rest: flags } = takeFlag(others, '--password-stdin')
    const settings = readSettings(flags, process.env, 'reset-password')
    const password = fromStdin ? firstLine(await text(process.stdin)) : undefined
    console.log(tell(await resetAccount(settings, { name, revoke, password }), settings, revoke))
  } catch (error) {
    failCommand('The reset', error)
  }
}

/** It stands first: after a flag it could be the value of that. */
function takeName(argv: readonly string[]): { readonly name: string; readonly rest: readonly string[] } {
  const [name, ...rest] = argv
  if (name === undefined || name.startsWith('--')) {
    throw new CannotStart('Say whose password: orrery reset-password NAME [settings].')
  }
  return { name, rest }
}

const firstLine = (given: string) => given.replace(/\r?\n[\s\S]*$/, '')

function tell({ name, link }: ResetDone, settings: Settings, revoke: boolean): string {
  const ended = revoke ? ' Every session and token of the account has ended.' : ''
  if (link === undefined) {
    return `The account '${name}' has its new password, and its sessions have ended.${revoke ? ended : ' Its tokens stay; --revoke ends them too.'}`
  }
  const { host, port, basePath } = settings
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `Whoever opens this link within an hour sets the password of '${name}' and is signed in; it works once.${ended}

  http://${shown}:${port}${basePath}/reset-password?link=${link}

Behind a proxy put the public address in place of the first part. The server must be running with --auth.`
}
