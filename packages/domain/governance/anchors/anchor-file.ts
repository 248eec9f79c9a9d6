import { createHash } from 'node:crypto'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '@orrery/base/kernel'
import type { AnchorFile, WrittenAnchor } from '../audit.ts'

const NAME = /^(\d{4}-\d{2}-\d{2})-(\d+)(?:-(\d+))?\.json$/

/** Files of one day and position, at most: a home that was restored comes to the same positions again. */
const MOST_ALIKE = 100

export const digestOf = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const fileName = ({ written, position }: AnchorFile, copy: number) =>
  `${written.slice(0, 10)}-${position}${copy === 1 ? '' : `-${copy}`}.json`

/** The names of anchor files in a folder, oldest first; none where there is no folder. */
export async function anchorNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const keyed = names.flatMap((name) => {
    const [, date, position, copy = '1'] = NAME.exec(name) ?? []
    return date === undefined ? [] : [{ name, date, position: Number(position), copy: Number(copy) }]
  })
  keyed.sort((a, b) => a.date.localeCompare(b.date) || a.position - b.position || a.copy - b.copy)
  return keyed.map(({ name }) => name)
}

/** The bytes of an anchor file as text; undefined where it is gone. */
export async function readAnchor(folder: string, name: string): Promise<string | undefined> {
  return readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/**
 * Writes an anchor beside those before it, and waits until it would survive power loss. The folder is there.
 *
 * @param of all but what the file before it says
 * @returns the file of the same day that says the same, where there is one
 */
export async function keepAnchor(
  folder: string,
  of: Omit<AnchorFile, 'previous'>,
): Promise<WrittenAnchor & { readonly isNew: boolean }> {
  const names = await anchorNames(folder)
  const last = names.at(-1)
  const before = last === undefined ? undefined : await readAnchor(folder, last)
  const anchor: AnchorFile = { ...of, previous: before === undefined ? null : digestOf(before) }
  const text = `${JSON.stringify(anchor, null, 2)}\n`
  for (let copy = 1; copy <= MOST_ALIKE; copy++) {
    const file = fileName(anchor, copy)
    try {
      await writeOnce(folder, file, text)
      return { file, digest: digestOf(text), anchor, isNew: true }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const kept = (await readAnchor(folder, file)) ?? ''
    const same = orUndefined(() => parseAnchor(kept))
    if (same !== undefined && JSON.stringify(same.heads) === JSON.stringify(of.heads)) {
      return { file, digest: digestOf(kept), anchor: same, isNew: false }
    }
  }
  throw new Error(`${folder} has ${MOST_ALIKE} anchors of one day and position`)
}

/** What cannot be read was broken off by a power cut. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

async function writeOnce(folder: string, name: string, text: string): Promise<void> {
  const handle = await open(join(folder, name), 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  const place = await open(folder, 'r')
  try {
    await place.sync()
  } finally {
    await place.close()
  }
}

/** What is wrong with the files of a folder among themselves: each must name the digest of the one before it. */
export async function anchorFaults(folder: string): Promise<readonly string[]> {
  const faults: string[] = []
  let before: { readonly name: string; readonly digest: string } | undefined
  for (const name of await anchorNames(folder)) {
    const text = (await readAnchor(folder, name)) ?? ''
    const anchor = orUndefined(() => parseAnchor(text))
    if (anchor === undefined) faults.push(`${name} is no anchor file: it was broken off or changed.`)
    else if (before !== undefined && anchor.previous !== before.digest) {
      faults.push(
        `${name} does not name ${before.name} as it is: one of the two was changed, or one between them is gone.`,
      )
    }
    before = { name, digest: digestOf(text) }
  }
  return faults
}

const HASH = /^[0-9a-f]{64}$/

/** @throws INVALID_PARAMETER_VALUE for what is no anchor file */
export function parseAnchor(text: string): AnchorFile {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw noAnchor()
  }
  const { format, written, position, heads, previous } = (read ?? {}) as Partial<AnchorFile>
  const isAnchor =
    format === 'orrery-anchor/1' &&
    typeof written === 'string' &&
    Number.isSafeInteger(position) &&
    (previous === null || (typeof previous === 'string' && HASH.test(previous))) &&
    Array.isArray(heads) &&
    heads.every(isHead)
  if (!isAnchor) throw noAnchor()
  return read as AnchorFile
}

function isHead(head: unknown): boolean {
  const { workspaceKey, number, position, hash } = (head ?? {}) as Record<string, unknown>
  return (
    [workspaceKey, number, position].every(Number.isSafeInteger) &&
    typeof hash === 'string' &&
    HASH.test(hash)
  )
}

const noAnchor = () =>
  invalid(
    "The anchor is not an anchor file of format 'orrery-anchor/1'.",
    'Give the text of a file that the server has written below anchors/.',
  )
