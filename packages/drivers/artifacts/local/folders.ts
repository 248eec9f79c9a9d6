import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readlink, realpath, rmdir } from 'node:fs/promises'
import { codeOf, isGone } from './local-faults.ts'

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/**
 * A folder held open. Names are used relative to the open folder (`/proc/self/fd/N/name`, which is what `openat`
 * does), so that nobody can swap a part of the path between the check and the use. Where there is no `/proc`,
 * the check is made on the path just before.
 */
export class Folder {
  readonly #handle: FileHandle
  readonly #base: string

  constructor(handle: FileHandle, base: string) {
    this.#handle = handle
    this.#base = base
  }

  /** What to pass to the file system for a name in this folder; without a name, the folder itself. */
  at(name?: string): string {
    return name === undefined ? this.#base : `${this.#base}/${name}`
  }

  /** Makes names that came or went survive power loss. */
  sync(): Promise<void> {
    return this.#handle.sync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

/** The tree below one folder, in which no step ever follows a link. */
export class Tree {
  /** The real path of the root. */
  readonly root: string
  readonly #hasProc: boolean

  private constructor(root: string, hasProc: boolean) {
    this.root = root
    this.#hasProc = hasProc
  }

  /** Makes the root if it is missing. */
  static async open(path: string): Promise<Tree> {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const root = await realpath(path)
    await using handle = await open(root, FOLDER)
    const seen = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined)
    return new Tree(root, seen === root)
  }

  pathOf(segments: readonly string[]): string {
    return [this.root, ...segments].join('/')
  }

  /** Whether an open file lies where its path says, with no link on the way. */
  async isAt(handle: FileHandle, path: string): Promise<boolean> {
    if (!this.#hasProc) return (await realpath(path).catch(() => '')) === path
    const real = await readlink(`/proc/self/fd/${handle.fd}`)
    // Replaced since it was opened: what is held is still what stood there.
    return real === path || real === `${path} (deleted)`
  }

  /** Undefined where there is no such folder. */
  async folder(segments: readonly string[]): Promise<Folder | undefined> {
    const path = this.pathOf(segments)
    let handle: FileHandle
    try {
      handle = await open(path, FOLDER)
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
    if (await this.isAt(handle, path)) return this.#hold(handle, path)
    await handle.close()
    return undefined
  }

  /** Makes what is missing, one step after the other, each synced into its parent. */
  async makeFolder(segments: readonly string[]): Promise<Folder> {
    const there = await this.folder(segments)
    if (there !== undefined) return there
    let current = this.#hold(await open(this.root, FOLDER), this.root)
    for (const name of segments) {
      await using parent = current
      await mkdir(parent.at(name), { mode: 0o700 }).then(
        () => parent.sync(),
        (error) => {
          if (codeOf(error) !== 'EEXIST') throw error
        },
      )
      current = this.#hold(await open(parent.at(name), FOLDER), `${parent.at()}/${name}`)
    }
    return current
  }

  /** Removes a folder and those above it while they are empty. */
  async prune(segments: readonly string[]): Promise<void> {
    for (let depth = segments.length; depth > 0; depth--) {
      await using parent = await this.folder(segments.slice(0, depth - 1))
      if (parent === undefined) continue
      try {
        await rmdir(parent.at(segments[depth - 1]))
      } catch (error) {
        if (isGone(error)) continue
        return
      }
    }
  }

  #hold(handle: FileHandle, path: string): Folder {
    return new Folder(handle, this.#hasProc ? `/proc/self/fd/${handle.fd}` : path)
  }
}
