import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const WATCHED_MS = 3_000

/**
 * What other programs take of all cores, from 0 to 1, while this one waits. The load average will not do: of the minute
 * before a part it tells what the part before did.
 */
export async function busyBefore(): Promise<number> {
  const before = spent()
  await sleep(WATCHED_MS)
  const after = spent()
  const all = after.all - before.all
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all
}

function spent(): { idle: number; all: number } {
  const times = cpus().map(({ times }) => times)
  const sum = (of: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + of(time), 0)
  return { idle: sum(({ idle }) => idle), all: sum((t) => t.idle + t.user + t.sys + t.nice + t.irq) }
}
