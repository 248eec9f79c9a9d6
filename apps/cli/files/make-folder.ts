import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from '../exit-codes.ts'
import { cannotWrite } from './file-trouble.ts'

/**
 * Makes a folder and those above it. One by one: `mkdirSync` with `recursive` never returns where the parent is there and
 * nothing can be made in it, as below /proc (Node 26).
 *
 * @param mode of those that are made
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing: string[] = []
  let place = folder
  while (!isFolder(place)) {
    missing.push(place)
    place = dirname(place)
  }
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one, { mode })
    } catch (error) {
      // Another file of the same download may have made it in between.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(one)) throw cannotWrite(one, error)
    }
  }
}

/** Links to folders are folders: the target is the person's own choice. */
function isFolder(place: string): boolean {
  let found: ReturnType<typeof statSync>
  try {
    found = statSync(place, { throwIfNoEntry: false })
  } catch (error) {
    throw cannotWrite(place, error)
  }
  if (found === undefined || found.isDirectory()) return found !== undefined
  throw new CliError('USAGE', `${place} is a file, and a folder is needed there.`, 'Give another place.')
}
