import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Latencies } from './load/latencies.ts'
import { writeWithDd } from './machine.ts'

const EVERY_MS = 10
const PAGE = Buffer.alloc(4096, 7)

/**
 * What the disk gives somebody who syncs 4 KiB a hundred times a second while `dd` writes large files beside it: no
 * server on it can acknowledge sooner.
 *
 * @returns p99 of the syncs, ms
 */
export async function syncBesideDd(folder: string, mib: number, seconds: number): Promise<number> {
  const latencies = new Latencies()
  const until = performance.now() + seconds * 1000
  const writing = (async () => {
    while (performance.now() < until) await writeWithDd(folder, mib)
  })()
  const file = openSync(join(folder, 'small'), 'w')
  try {
    while (performance.now() < until) {
      writeSync(file, PAGE)
      const began = performance.now()
      fdatasyncSync(file)
      latencies.add(performance.now() - began)
      await pause(EVERY_MS)
    }
  } finally {
    closeSync(file)
    await writing
  }
  return latencies.summary().p99
}
