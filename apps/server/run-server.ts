import { flushCompileCache } from 'node:module'
import type { AddressInfo } from 'node:net'
import pino, { type Logger } from 'pino'
import { CannotStart } from './cannot-start.ts'
import { type Composition, compose } from './compose.ts'
import { greeting, isLoopback } from './greeting.ts'
import { BadSettings, readSettings, type Settings, settingsHelp } from './settings.ts'
import type { Accounts } from './wire-access.ts'

/** `orrery server`: runs until it is told to stop. Ends the process itself where it cannot start. */
export async function runServer(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(
      `Usage: orrery server [settings]\n\n${settingsHelp()}\n\nEach can be given as a variable too: docs/settings.md.`,
    )
    return
  }
  try {
    const settings = shutDoor(readSettings(argv, process.env))
    const log = makeLog(settings)
    const composition = await compose(settings, log)
    const address = await listen(composition, settings)
    stopOnSignals(composition, log)
    console.log(greeting(address, settings, composition.accounts))
    tellSetupLink(address, composition.accounts)
    // Now rather than at the exit, which a power cut or a kill would skip.
    setImmediate(flushCompileCache)
  } catch (error) {
    if (!(error instanceof CannotStart || error instanceof BadSettings)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

/** Beyond loopback everybody is asked who they are, unless one says otherwise. */
function shutDoor(settings: Settings): Settings {
  const { host, auth, insecureNoAuth } = settings
  if (auth && insecureNoAuth) {
    throw new CannotStart(
      '--auth asks everybody who they are and --insecure-no-auth nobody: give one of the two.',
    )
  }
  return { ...settings, auth: auth || !(insecureNoAuth || isLoopback(host)) }
}

/** To standard error, beside the log: whoever reads it may have the server. */
function tellSetupLink(address: string, { setupLink }: Accounts): void {
  if (setupLink === undefined) return
  console.error(
    `There is no administrator yet. Whoever opens this link within an hour becomes it; each start makes a new one:\n\n  ${address}/setup?link=${setupLink}\n`,
  )
}

/** To standard error, one JSON object a line, written at once: a line must not be lost with the process. */
function makeLog({ logLevel }: Settings): Logger {
  return pino({ level: logLevel, base: null }, pino.destination({ dest: 2, sync: true }))
}

async function listen({ http, close }: Composition, { host, port, basePath }: Settings): Promise<string> {
  try {
    await http.listen({ host, port })
  } catch (error) {
    await close()
    throw new CannotStart(listenFault(error as NodeJS.ErrnoException, host, port))
  }
  const { port: taken } = http.server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${taken}${basePath}`
}

function listenFault({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const place = `port ${port} of ${host}`
  if (code === 'EADDRINUSE') {
    return `Another program listens on ${place}. Stop it, or choose another port with --port (0 takes a free one).`
  }
  if (code === 'EACCES') return `This user may not listen on ${place}. Choose a port above 1023 with --port.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is not an address of this machine. Choose another with --host.`
  }
  return `Listening on ${place} failed: ${message}.`
}

/** The first signal lets requests finish; the second ends the process at once. */
function stopOnSignals({ close }: Composition, log: Logger): void {
  let isStopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(130)
    isStopping = true
    log.info({ signal }, 'stopping: requests under way may finish; a second signal ends at once')
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the stop failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
