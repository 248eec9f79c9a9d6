/*
 * The architecture guard: reads every file of the repository and names each break of the rules of the house.
 * It fails when it sees too little, because a guard that sees nothing passes everything.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFiles } from '../source-files.ts'
import type { Fault, File, Rule } from './file.ts'
import { boundRoutes, exportForms, fileLength, fileNames, noMachines, oneWayOut } from './file-rules.ts'
import { importRules, lazyGroups } from './import-rules.ts'

const RULES: readonly Rule[] = [
  importRules,
  lazyGroups,
  fileLength,
  fileNames,
  exportForms,
  noMachines,
  oneWayOut,
  boundRoutes,
]

/** There were 160 when this was written. */
export const LEAST_CODE_FILES = 120

export function guard(files: readonly File[], leastCodeFiles = LEAST_CODE_FILES): Fault[] {
  const seen = files.filter(({ path }) => path.endsWith('.ts')).length
  if (seen < leastCodeFiles) {
    return [
      {
        path: '.',
        rule: 'sees-enough',
        says: `saw ${seen} files of code; there are at least ${leastCodeFiles}`,
      },
    ]
  }
  return RULES.flatMap((rule) => rule(files))
}

const TEXT =
  /\.(tsx?|json|jsonc|md|sh|py|toml|ya?ml|txt|in|cfg|ini|css|html|sql)$|(^|\/)(\.npmrc|\.ci\/run|orrery|Dockerfile)$/
const MOST_BYTES = 2 * 1024 * 1024

function readFiles(root: string): File[] {
  return sourceFiles(root)
    .filter((path) => TEXT.test(path) && statSync(join(root, path)).size <= MOST_BYTES)
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

if (import.meta.main) {
  const files = readFiles(join(import.meta.dirname, '../..'))
  const faults = guard(files)
  for (const { path, rule, says } of faults) console.log(`${path}: ${says} [${rule}]`)
  console.log(`${files.length} files seen, ${faults.length} faults`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
