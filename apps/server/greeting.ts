import type { Settings } from './settings.ts'

/** What the server prints when it is ready: where it is, where the data are, how to connect, how to stop. */
export function greeting(address: string, settings: Settings): string {
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
  if (insecureNoAuth && !isLoopback(host)) lines.unshift(...warning(host))
  return lines.join('\n')
}

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
