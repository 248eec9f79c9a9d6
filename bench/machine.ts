import { execFile, execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { mlflowPython, mlflowVersion } from './servers/mlflow.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly kernel: string
  /** `dd` of 1 GiB with a final fsync. */
  readonly diskMbPerSecond: number
  readonly versions: Readonly<Record<string, string>>
}

const run = promisify(execFile)

export async function describeMachine(folder: string): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    diskMbPerSecond: Math.round(await writeWithDd(folder, 1024)),
    versions: {
      Node: process.versions.node,
      SQLite: process.versions.sqlite ?? 'none',
      'mlflow server': mlflowVersion(),
      Python: execFileSync(mlflowPython(), ['--version'], { encoding: 'utf8' }).trim().replace('Python ', ''),
    },
  }
}

/** What the disk takes: `dd` with a final fsync, timed from outside. @returns MB/s, of 10^6 bytes */
export async function writeWithDd(folder: string, mib: number): Promise<number> {
  const file = join(folder, 'dd.bin')
  const began = performance.now()
  await run('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M', `count=${mib}`, 'conv=fsync'])
  const seconds = (performance.now() - began) / 1000
  await rm(file)
  return (mib * 2 ** 20) / 1e6 / seconds
}

/** What the disk gives: `dd` past the page cache. @returns MB/s, of 10^6 bytes */
export async function readWithDd(folder: string, mib: number): Promise<number> {
  const file = join(folder, 'dd.bin')
  await run('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1M', `count=${mib}`, 'conv=fsync'])
  const began = performance.now()
  await run('dd', [`if=${file}`, 'of=/dev/null', 'bs=1M', 'iflag=direct'])
  const seconds = (performance.now() - began) / 1000
  await rm(file)
  return (mib * 2 ** 20) / 1e6 / seconds
}
