import type { ArchivedVersion } from '../archives.ts'

/** Written anew by every registration, from what is found in the files. */
const FOUND_OUT = ['orrery.flavors', 'orrery.signature']

/**
 * What an archive says of a version: its tags, and where it came from there, as text. A version that had been imported
 * there keeps what it says of its first home.
 */
export function tagsFromArchive({ tags, runId, modelId, source }: ArchivedVersion): Map<string, string> {
  const kept = new Map(tags.map(({ key, value }) => [key, value]))
  for (const key of FOUND_OUT) kept.delete(key)
  for (const [key, value] of [
    ['orrery.imported.run_id', runId],
    ['orrery.imported.model_id', modelId],
    ['orrery.imported.source', source],
  ] as const) {
    if (value !== '' && !kept.has(key)) kept.set(key, value)
  }
  return kept
}
