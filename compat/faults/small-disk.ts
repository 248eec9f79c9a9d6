import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Set to 1, the tests of a full disk are left out where no small disk can be mounted. Otherwise they fail there. */
export const WAIVER = 'ORRERY_WAIVE_DISK_FULL'

/** What puts a small disk at a folder, for the program that it runs and its children only. */
export function onSmallDisk(folder: string, mebibytes: number): readonly string[] {
  const mount = `mount -t tmpfs -o size=${mebibytes}m,mode=700 tmpfs "$0" && exec "$@"`
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  return ['unshare', '--mount', ...asRoot, 'sh', '-c', mount, folder]
}

export function canMount(folder: string): boolean {
  const [program, ...words] = [...onSmallDisk(folder, 1), 'true']
  return spawnSync(program!, words).status === 0
}

/** The folder as the process sees it that has the disk, for everyone else. */
export const seenBy = (pid: number, folder: string) => join(`/proc/${pid}/root`, folder)

const BALLAST = 'ballast'
const BLOCK = Buffer.alloc(64 * 1024, 'x')

/** Leaves so many bytes free, or less. */
export function fillDisk(folder: string, leaveBytes: number): void {
  const file = openSync(join(folder, BALLAST), 'a')
  try {
    while (freeBytes(folder) > leaveBytes) {
      writeSync(file, BLOCK.subarray(0, Math.min(BLOCK.length, freeBytes(folder) - leaveBytes)))
    }
  } finally {
    closeSync(file)
  }
}

export function makeRoom(folder: string): void {
  rmSync(join(folder, BALLAST))
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
