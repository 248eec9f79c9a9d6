import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { sessionCpuMs, sessionMemory, sessionProcesses } from './processes.ts'
import type { RunningServer } from './server.ts'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly url: string
  /** Takes what the server prints. */
  readonly logFile: string
}

/** Sessions that run, by their leaders: none of them may outlive the bench, however it ends. */
const running = new Set<number>()
process.on('exit', () => {
  for (const leader of running) for (const pid of sessionProcesses(leader)) signal(pid, 'SIGKILL')
})

const READY_WITHIN_MS = 300_000
const STOP_WITHIN_MS = 20_000
const LOOK_EVERY_MS = 5

/** Starts a server in a session of its own and waits for its first 200. */
export async function runCommand({ program, args, env, url, logFile }: Command): Promise<RunningServer> {
  const log = openSync(logFile, 'a')
  const began = performance.now()
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
  })
  closeSync(log)
  let hasEnded = false
  child.once('exit', () => {
    hasEnded = true
  })
  child.once('error', () => {
    hasEnded = true
  })
  const leader = child.pid
  if (leader === undefined) throw new Error(`${program} cannot be started`)
  running.add(leader)
  const stop = () => stopSession(leader)
  while (!(await isHealthy(url))) {
    if (hasEnded || performance.now() - began > READY_WITHIN_MS) {
      await stop()
      throw new Error(`${program} did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`)
    }
    await pause(LOOK_EVERY_MS)
  }
  const startedMs = performance.now() - began
  return { url, startedMs, memoryBytes: () => sessionMemory(leader), cpuMs: () => sessionCpuMs(leader), stop }
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(`${url}/health`, { agent: false, timeout: 2_000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
  })
}

/** The whole session: `mlflow server` leaves workers behind when only its first process is told. */
async function stopSession(leader: number): Promise<void> {
  const until = performance.now() + STOP_WITHIN_MS
  signal(-leader, 'SIGTERM')
  while (sessionProcesses(leader).length > 0) {
    if (performance.now() > until) for (const pid of sessionProcesses(leader)) signal(pid, 'SIGKILL')
    await pause(50)
  }
  running.delete(leader)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}
