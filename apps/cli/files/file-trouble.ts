import { CliError } from '../exit-codes.ts'

/** What the codes of file systems mean, as the end of a sentence. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not',
  EPERM: 'you may not',
  EROFS: 'it can only be read',
  ENOENT: 'nothing can be made there',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'something of that name is there already',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is full',
}

/** The error for a file or folder that cannot be written; what no file system says goes on as it is. */
export function cannotWrite(place: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  const reason = code === undefined ? undefined : REASONS[code]
  if (reason === undefined) return error
  return new CliError(
    'USAGE',
    `${place} cannot be written: ${reason} (${code}).`,
    'Give another place.',
    error,
  )
}
