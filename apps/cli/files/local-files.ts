import { lstatSync, openAsBlob } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CliError } from '../exit-codes.ts'

export interface LocalFile {
  /** Where it goes, with `/` between folders. */
  readonly path: string
  /** Opened when its turn comes; read as it is sent. */
  readonly body: () => Promise<Blob>
}

/**
 * The files of a folder, or the one file. Links are not followed: what they lead to may be anything; `skipped` hears of
 * them and of what is no file.
 *
 * @param under folder on the server; '' for its root
 */
export async function* localFiles(
  place: string,
  under: string,
  skipped: (place: string) => void,
): AsyncGenerator<LocalFile, void, undefined> {
  const found = lstatSync(place, { throwIfNoEntry: false })
  if (found === undefined) throw new CliError('USAGE', `${place} is not there.`)
  if (found.isFile()) yield fileAt(place, joined(under, basename(place)))
  else if (found.isDirectory()) yield* filesIn(place, under, skipped)
  else throw new CliError('USAGE', `${place} is neither a file nor a folder.`)
}

async function* filesIn(
  folder: string,
  under: string,
  skipped: (place: string) => void,
): AsyncGenerator<LocalFile, void, undefined> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const place = join(folder, entry.name)
    if (entry.isFile()) yield fileAt(place, joined(under, entry.name))
    else if (entry.isDirectory()) yield* filesIn(place, joined(under, entry.name), skipped)
    else skipped(place)
  }
}

const joined = (under: string, name: string) => (under === '' ? name : `${under}/${name}`)
const fileAt = (place: string, path: string): LocalFile => ({ path, body: () => openAsBlob(place) })
