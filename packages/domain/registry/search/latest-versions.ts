import type { RegistryDeps } from '../deps.ts'
import { findModel } from '../models/find-model.ts'
import { latestOf } from '../models/load-models.ts'
import type { RegistrySearch } from '../registry.ts'
import { parseStage } from '../stages.ts'
import { loadVersions } from '../versions/load-versions.ts'

/** The highest versions of a model by stage; `RegistrySearch` has the promise. */
export function makeLatestVersions({ db }: Pick<RegistryDeps, 'db'>): RegistrySearch['latestVersions'] {
  return async function latestVersions(caller, { name, stages = [] }) {
    return db.scan(async (reads) => {
      const model = await findModel(reads, caller, name)
      const asked = new Set(stages.map(parseStage))
      const latest = await latestOf(reads, [model.key])
      const found = asked.size === 0 ? latest : latest.filter(({ stage }) => asked.has(stage))
      return loadVersions(reads, found, { aliases: true })
    })
  }
}
