import { readdirSync, readFileSync } from 'node:fs'

/** Memory of the processes of one session, in bytes. Pages shared with others count in parts (PSS). */
export function sessionMemory(leader: number): number {
  return sessionProcesses(leader).reduce((sum, pid) => sum + pssOf(pid), 0)
}

/** Whoever belongs to the session that a detached child has begun: its children and theirs. */
export function sessionProcesses(leader: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => sessionOf(pid) === leader)
}

/** Processor time of the processes of one session, in milliseconds, to the tick of 10 ms. */
export function sessionCpuMs(leader: number): number {
  const ticks = sessionProcesses(leader).map((pid) => {
    const fields = statOf(pid)
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  })
  return ticks.reduce((sum, of) => sum + of, 0) * MS_A_TICK
}

/** Linux tells user space of a hundred a second, whatever it counts itself. */
const MS_A_TICK = 10

function sessionOf(pid: number): number | undefined {
  const fields = statOf(pid)
  return fields[0] === 'Z' ? undefined : Number(fields[3])
}

/** The fields behind the name in parentheses, which may hold anything: state, parent, group, session, … */
function statOf(pid: number): string[] {
  const stat = readOrNothing(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function pssOf(pid: number): number {
  const kib = /^Pss:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`))
  return kib === null ? 0 : Number(kib[1]) * 1024
}

/** A process may end between two looks. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
