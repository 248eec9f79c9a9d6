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

function sessionOf(pid: number): number | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything; the session is the fourth field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : Number(fields[3])
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
