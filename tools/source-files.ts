import { execFileSync } from 'node:child_process'

/** Every file that is, or may become, part of the repository: what git knows plus what it does not ignore. */
export function sourceFiles(root: string): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  const deleted = execFileSync('git', ['ls-files', '--deleted', '-z'], { cwd: root, encoding: 'utf8' })
  const gone = new Set(deleted.split('\0'))
  return listed
    .split('\0')
    .filter((file) => file !== '' && !gone.has(file))
    .sort()
}
