import { readableHas } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { FindVersionFolder } from '../../tracking/index.ts'
import { versionSubject } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'

/** Copies of a version share its folder; beyond so many nobody looks for one that the caller may read. */
const MOST_COPIES = 1000

const versionsIn = statement(
  'registry.versions-in-folder',
  (k: Kysely<RegistryTables>, p: { workspace: number; folder: string }) =>
    k
      .selectFrom('model_versions as v')
      .innerJoin('registered_models as m', 'm.model_key', 'v.model_key')
      .select(['m.model_key as model', 'm.name as name', 'v.version as version'])
      .where('v.folder_id', '=', p.folder)
      .where('v.workspace_key', '=', p.workspace)
      .orderBy('v.version_key')
      .limit(MOST_COPIES),
)

/** The first version whose files lie in the folder; where there are several, the first that the caller may read. */
export const findVersionFolder: FindVersionFolder = async (reads, caller, folder) => {
  const found = await reads.all(versionsIn, { workspace: caller.workspace.key, folder })
  const readable = caller.readable('model')
  const version = found.find(({ model }) => readableHas(readable, model)) ?? found[0]
  return version && { owner: versionSubject(version.name, version.version), model: version.model }
}
