import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'

const MAIN = join(import.meta.dirname, '../../apps/server/main.ts')
const READY_WITHIN_MS = 180_000

const alive = new Set<ChildProcess>()

/** A test that failed half way must not leave its server behind. */
export async function killServers(): Promise<void> {
  const ends = [...alive].map((child) => once(child, 'close'))
  for (const child of alive) child.kill('SIGKILL')
  await Promise.all(ends)
}
after(killServers)

export interface ServerOptions {
  readonly home: string
  /** Settings beyond home and port, as on the command line. */
  readonly settings?: readonly string[]
  /** Loaded before the program, by the tests that look inside it. */
  readonly preload?: string
  /** A command that prepares something and then runs the words after it in its own place. */
  readonly through?: readonly string[]
}

export interface RunningServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly process: ChildProcess
  /** From the start of the process to the first 200 of `/health`, in ms. */
  readonly readyMs: number
  /** The processor time that it took for that, in ms; undefined where the system does not tell. */
  readonly readyCpuMs: number | undefined
  /** What it has printed so far, both streams. */
  readonly printed: () => string
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Ends it as a power failure of the process would: no handler runs. */
  kill(): Promise<void>
  /** Asks it to stop and waits. @returns its exit code */
  stop(): Promise<number | string>
}

/** Starts the server as a user does, in a process of its own. Rejects with what it printed if it ends instead. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const startedMs = performance.now()
  const { child, printed, ended } = launch(options)
  const url = await untilReady(printed, ended)
  const readyMs = performance.now() - startedMs
  const readyCpuMs = processorMs(child.pid!)
  return {
    url,
    process: child,
    readyMs,
    readyCpuMs,
    printed,
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

const TICK_MS = 10

/** User and system time of a process, from Linux. */
function processorMs(pid: number): number | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(afterName[11]) + Number(afterName[12])) * TICK_MS
  } catch {
    return undefined
  }
}

/** Starts it without waiting for anything. */
export function launch({ home, settings = [], preload, through = [] }: ServerOptions) {
  const imports = preload === undefined ? [] : ['--import', preload]
  const server = [process.execPath, ...imports, MAIN, 'server', '--port', '0', '--home', home, ...settings]
  const [program, ...words] = [...through, ...server]
  const stdio = ['ignore', 'pipe', 'pipe', ...(preload === undefined ? [] : ['ipc' as const])] as const
  const child = spawn(program!, words, { stdio: [...stdio] })
  alive.add(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      alive.delete(child)
      resolve(code ?? signal ?? 'unknown')
    })
  })
  return { child, ended, printed: () => text }
}

async function untilReady(printed: () => string, ended: Promise<number | string>): Promise<string> {
  let exit: number | string | undefined
  void ended.then((code) => {
    exit = code
  })
  for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline; ) {
    const url = /ready at (http:\/\/\S+)/.exec(printed())?.[1]
    if (url !== undefined && (await fetch(`${url}/health`)).status === 200) return url
    if (exit !== undefined) throw new Error(`the server ended with ${exit}:\n${printed()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`the server is not ready after ${READY_WITHIN_MS / 1000} s:\n${printed()}`)
}
