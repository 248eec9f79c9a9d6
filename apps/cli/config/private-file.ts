import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from '../exit-codes.ts'
import { cannotWrite } from '../files/file-trouble.ts'
import { makeFolder } from '../files/make-folder.ts'

/** Reads a JSON object that only its owner may read. @returns undefined where there is no such file */
export function readPrivate(path: string): Readonly<Record<string, unknown>> | undefined {
  const text = readIfThere(path)
  if (text === undefined) return undefined
  // On Windows modes say nothing; the folder of the user is theirs.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new CliError(
      'USAGE',
      `Others can read ${path}, and it may hold credentials.`,
      `Run: chmod 600 ${path}`,
    )
  }
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw broken(path, (cause as Error).message, cause)
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw broken(path, 'it is no JSON object')
  return read as Readonly<Record<string, unknown>>
}

/** Writes beside and renames: whoever reads meanwhile sees the old file or the new one. */
export function writePrivate(path: string, content: object): void {
  // A folder that was there is somebody's choice, and may be shared.
  makeFolder(dirname(path), 0o700)
  const beside = `${path}.${crypto.randomUUID()}`
  try {
    writeFileSync(beside, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw cannotWrite(path, error)
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new CliError('USAGE', `${path} cannot be read: ${code}.`, undefined, error)
  }
}

function broken(path: string, why: string, cause?: unknown): CliError {
  return new CliError(
    'USAGE',
    `${path} cannot be read: ${why}.`,
    'Mend or delete it, then sign in again.',
    cause,
  )
}
