/*
 * Ends with 0 if what npm recorded in node_modules is what package-lock.json asks for, else with 1. Asked only
 * when the lock is the newer of the two files, as after a pull or an `npm install`.
 */
import { readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

interface Lock {
  readonly packages: Readonly<Record<string, { version?: string; optional?: boolean; link?: boolean }>>
}

/** Optional packages may be absent: most are for other platforms. */
export function isInstalled(lock: Lock, record: Lock): boolean {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true
    const installed = record.packages[path]
    if (installed === undefined) return wanted.optional === true
    return wanted.link === installed.link && wanted.version === installed.version
  })
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const record = join(root, 'node_modules/.package-lock.json')
  const read = (file: string): Lock => JSON.parse(readFileSync(file, 'utf8'))
  const matches = isInstalled(read(join(root, 'package-lock.json')), read(record))
  if (matches) utimesSync(record, new Date(), new Date())
  process.exitCode = matches ? 0 : 1
}
