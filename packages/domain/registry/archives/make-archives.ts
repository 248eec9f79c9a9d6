import type { Archives } from '../archives.ts'
import type { RegistryDeps } from '../deps.ts'
import { makeExport } from './export-archive.ts'
import { makeImport } from './import-archive.ts'

/** The verbs of archives. */
export function makeArchives(deps: RegistryDeps): Archives {
  return { export: makeExport(deps), import: makeImport(deps) }
}
