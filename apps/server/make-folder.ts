import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and what is missing above it, readable by this user only.
 *
 * Level by level, because Node's own recursive mkdir never ends where a level cannot be made although it does not
 * exist, as below /proc.
 */
export function makeFolder(path: string): void {
  const missing: string[] = []
  for (let at = path; !exists(at); at = dirname(at)) missing.unshift(at)
  for (const level of missing) {
    try {
      mkdirSync(level, { mode: 0o700 })
    } catch (error) {
      // Another process may have made it in between.
      if (!exists(level)) throw error
    }
  }
}

function exists(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return false
  if (!found.isDirectory()) throw new Error(`${path} is a file`)
  return true
}
