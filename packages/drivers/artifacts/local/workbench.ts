import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isGone } from './local-faults.ts'

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const DAY_MS = 86_400_000

/**
 * Where files are written before they are whole: `.tmp/<host>~<process>~<random>` inside the store's own file
 * system, so that a rename publishes them. What a dead process left is removed at the next start; other
 * processes may be using the same store, so what could still be theirs is left until it is a day old.
 */
export class Workbench {
  readonly #folder: string
  #made = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(root: string): Promise<Workbench> {
    const all = `${root}/.tmp`
    await mkdir(all, { recursive: true, mode: 0o700 })
    for (const name of await readdir(all)) {
      if (await isStale(`${all}/${name}`, name)) await rm(`${all}/${name}`, { recursive: true, force: true })
    }
    const folder = `${all}/${hostname()}~${process.pid}~${crypto.randomUUID()}`
    await mkdir(folder, { mode: 0o700 })
    return new Workbench(folder)
  }

  /** A new, empty file that only this process writes. */
  async newFile(): Promise<{ handle: FileHandle; path: string }> {
    this.#made++
    const path = `${this.#folder}/${this.#made}`
    return { handle: await open(path, NEW_FILE, 0o600), path }
  }

  /** Whether `a` and `A` are one name here (macOS and Windows, as they come). */
  async foldsNames(): Promise<boolean> {
    await using probe = await open(`${this.#folder}/probe`, NEW_FILE, 0o600)
    const found = await stat(`${this.#folder}/PROBE`).catch(() => undefined)
    await rm(`${this.#folder}/probe`)
    return found !== undefined && (await probe.stat()).ino === found.ino
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function isStale(path: string, name: string): Promise<boolean> {
  const [host, pid] = name.split('~')
  if (host === hostname() && !isAlive(Number(pid))) return true
  try {
    return Date.now() - (await stat(path)).mtimeMs > DAY_MS
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
