import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from '../exit-codes.ts'
import { makeFolder } from './make-folder.ts'

/**
 * Where a file of the server goes below a folder; its folders are made. A server that is not ours could name any path:
 * what would leave the folder is refused, links that lead out of it too.
 *
 * @param path with `/` between folders, as the server says it
 */
export function placeIn(folder: string, path: string): string {
  const parts = path.split('/')
  if (parts.some((part) => !isPlain(part))) {
    throw new CliError(
      'FAULT',
      `The server names a file '${path}', which does not lie below the target; nothing was written there.`,
    )
  }
  makeFolder(folder)
  let place = folder
  for (const part of parts.slice(0, -1)) {
    place = join(place, part)
    const found = lstatSync(place, { throwIfNoEntry: false })
    if (found === undefined) makeFolder(place)
    else if (found.isSymbolicLink()) {
      throw new CliError(
        'USAGE',
        `${place} is a link; files are not written through links.`,
        'Download to another folder.',
      )
    } else if (!found.isDirectory())
      throw new CliError('USAGE', `${place} is a file, and '${path}' needs a folder there.`)
  }
  return join(place, parts[parts.length - 1]!)
}

/** Windows sees a drive or a stream behind a colon and a folder behind a backslash; a letter with a colon is never meant. */
function isPlain(part: string): boolean {
  if (part === '' || part === '.' || part === '..' || part.includes('\0')) return false
  return process.platform === 'win32' ? !/[\\:]/.test(part) : !/^[a-z]:/i.test(part)
}
