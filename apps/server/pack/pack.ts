import { accessSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/*
 * A pack is the server as a few files of JavaScript, made of its sources and kept under .cache. Loading 800 modules one
 * by one takes 40 % of a start and 30 MiB that never come back (docs/decisions/0012-packed-on-the-first-start.md).
 */

/** What is packed, and where packs are kept. */
export interface Packing {
  /** The repository, absolute. */
  readonly root: string
  /** The module that the pack stands for, from the root. */
  readonly entry: string
  /** Where packs are kept, absolute. */
  readonly folder: string
}

/** What stands in `pack.json`. */
export interface Pack {
  /** Of the repository: places within it are written into the pack. */
  readonly root: string
  /** The file to load instead of the entry, from the folder. */
  readonly file: string
  /** Everything it was made of, from the root. */
  readonly inputs: readonly Input[]
  /** All files that it is, from the folder; packs of before do not say. */
  readonly outputs?: readonly Output[]
}

export interface Output {
  readonly path: string
  readonly bytes: number
}

export interface Input {
  readonly path: string
  readonly changedMs: number
  readonly bytes: number
}

export const PACK_FILE = 'pack.json'

const ROOT = join(import.meta.dirname, '../../..')
export const SERVER: Packing = {
  root: ROOT,
  entry: 'apps/server/run-server.ts',
  folder: join(ROOT, '.cache/packed'),
}

/** @returns the file to load, absolute; undefined where nothing is packed or something was changed since */
export function readPack({ root, folder }: Packing): string | undefined {
  let pack: Pack
  try {
    pack = JSON.parse(readFileSync(join(folder, PACK_FILE), 'utf8'))
  } catch {
    return undefined
  }
  if (pack.root !== root || !pack.inputs.every((input) => isSame(input, lookAt(root, input.path))))
    return undefined
  const isWhole = pack.outputs?.every(({ path, bytes }) => lookAt(folder, path)?.bytes === bytes) ?? false
  return isWhole ? join(folder, pack.file) : undefined
}

export function lookAt(root: string, path: string): Input | undefined {
  const found = statSync(join(root, path), { throwIfNoEntry: false })
  return found && { path, changedMs: found.mtimeMs, bytes: found.size }
}

const isSame = (then: Input, now: Input | undefined) =>
  now !== undefined && now.changedMs === then.changedMs && now.bytes === then.bytes

/** Whether packs can be kept: an installation may belong to somebody else. */
export function canKeep({ folder }: Packing): boolean {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
