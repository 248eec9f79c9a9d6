import { invalid, Problem } from '@orrery/base/kernel'
import { parseArtifactPath } from '../../tracking/index.ts'

/** A problem with one entry of an archive, by its name. */
export function refused(name: string, why: string): Problem {
  return invalid(`The entry ${JSON.stringify(name.slice(0, 200))} of the archive ${why}.`)
}

/**
 * Refuses a name that could mean another place than it says, here or where the archive is unpacked: absolute, with a
 * drive, `..`, backslashes, control characters, escapes, or deeper than `depth` segments.
 */
export function checkEntryName(name: string, depth: number): void {
  // What was no UTF-8 stands in the name as this character: the reader of tar files puts it there.
  if (name.includes('\ufffd')) throw refused(name, 'has a name that is not UTF-8')
  if (canonical(name) !== name) throw refused(name, 'has percent-escapes in its name')
  if (name.split('/').length > depth) throw refused(name, `lies deeper than ${depth} folders`)
}

function canonical(name: string): string {
  try {
    return parseArtifactPath(name)
  } catch (error) {
    if (error instanceof Problem) throw refused(name, `is refused (${error.message.replace(/\.$/, '')})`)
    throw error
  }
}

/**
 * Refuses names of which two would be one file, or a file and a folder, where a file system does not tell upper from
 * lower case or one spelling of a letter from the other.
 */
export function refuseLookalikes(names: Iterable<string>): void {
  const files = new Map<string, string>()
  const folders = new Map<string, string>()
  for (const name of names) {
    const other = files.get(folded(name))
    if (other !== undefined) throw alike(name, other)
    files.set(folded(name), name)
  }
  for (const folder of foldersOf(files.values())) {
    const key = folded(folder)
    const file = files.get(key)
    if (file !== undefined) throw refused(file, 'is a file and, in this or another spelling, a folder')
    const other = folders.get(key)
    if (other !== undefined) throw alike(folder, other)
    folders.set(key, folder)
  }
}

/** The folders in which files lie, as they are spelt. */
export function foldersOf(names: Iterable<string>): Set<string> {
  const folders = new Set<string>()
  for (const name of names) {
    // From the inside out: above a folder that is known all are.
    for (let end = name.lastIndexOf('/'); end !== -1; end = name.lastIndexOf('/', end - 1)) {
      const folder = name.slice(0, end)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/** Upper case first: it takes `ß` and `ss`, or the two small sigmas, to one spelling. */
const folded = (name: string) => name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')

const alike = (name: string, other: string) =>
  refused(
    name,
    `cannot be told from ${JSON.stringify(other.slice(0, 200))} on every file system: one of them must have another name`,
  )
