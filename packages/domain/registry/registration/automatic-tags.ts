import type { FoundRun } from '../../tracking/index.ts'
import type { Content } from './content.ts'

/** As many as fit into a tag; the names of real flavors have no other characters. */
const FLAVOR = /^[\w.-]{1,100}$/

/**
 * What every version is tagged with, as far as it is known: where it comes from and what it is. `given` wins, so a
 * caller can say otherwise. Ids only of the run and its experiment: who reads the model need not read those.
 */
export function automaticTags(
  { run, content }: { readonly run: FoundRun | null; readonly content: Content },
  given: ReadonlyMap<string, string>,
): Map<string, string> {
  const tags = new Map<string, string>()
  if (run !== null) {
    tags.set('orrery.source.run_id', run.runId)
    tags.set('orrery.source.experiment_id', run.experimentId)
  }
  if (content.type === 'mlflow_model' && content.summary !== null) {
    const flavors = content.summary.flavors.map(({ name }) => name).filter((name) => FLAVOR.test(name))
    if (flavors.length > 0) tags.set('orrery.flavors', flavors.toSorted().join(','))
    tags.set('orrery.signature', String(content.summary.signature !== null))
  }
  for (const [key, value] of given) tags.set(key, value)
  return tags
}
