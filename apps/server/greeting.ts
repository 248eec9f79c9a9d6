import type { Settings } from './settings.ts'
import type { Accounts } from './wire-access.ts'

/** What the server prints when it is ready: where it is, where the data are, how to connect, how to stop. */
export function greeting(
  address: string,
  settings: Settings,
  accounts: Pick<Accounts, 'asked' | 'exist'>,
): string {
  const { home, databaseUrl, insecureNoAuth, host } = settings
  const data = databaseUrl === undefined ? home : `${home} and ${withoutPassword(databaseUrl)}`
  const lines = [
    '',
    `  Orrery is ready at ${address}`,
    `  The data are in ${data}`,
    '',
    '  Connect a Python client:',
    '',
    '    import mlflow',
    `    mlflow.set_tracking_uri("${address}")`,
    '',
    '  Stop with Ctrl+C.',
    '',
  ]
  lines.splice(-2, 0, ...(accounts.asked ? HOW_TO_SIGN_IN : NOBODY_ASKED))
  if (accounts.exist && !accounts.asked) lines.unshift(...ACCOUNTS_UNASKED)
  if (insecureNoAuth && !isLoopback(host)) lines.unshift(...warning(host))
  return lines.join('\n')
}

const HOW_TO_SIGN_IN = [
  '  Clients sign in with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.',
  '',
]

const NOBODY_ASKED = ['  Nobody is asked who they are; --auth asks.', '']

const ACCOUNTS_UNASKED = [
  '',
  '  WARNING: there are accounts here, and nobody is asked for one: whoever reaches this server may do everything.',
  '  Start it with --auth to ask.',
]

function warning(host: string): string[] {
  return [
    '',
    '  !! NO ACCOUNTS AND NO PASSWORDS !!',
    `  Listening on ${host}: everyone who reaches this port can read, change and delete everything.`,
  ]
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** An address of a database as it may be shown. */
export function withoutPassword(url: string): string {
  const shown = new URL(url)
  if (shown.password !== '') shown.password = '***'
  shown.search = ''
  return shown.href
}
