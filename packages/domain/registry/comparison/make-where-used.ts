import type { Caller } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import { consumingRuns, findRun, readableAmong } from '../../tracking/index.ts'
import type { Usage } from '../comparison.ts'
import type { RegistryDeps } from '../deps.ts'
import type { VersionId } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { type FoundVersion, findVersion } from '../versions/find-version.ts'
import { ifThere } from './measured-and-set.ts'

/** Of each list. */
const MOST = 1000

const aliasesOf = statement(
  'registry.aliases-of-version',
  (k: Kysely<RegistryTables>, p: { model: number; version: number }) =>
    k
      .selectFrom('model_aliases')
      .select('alias')
      .where('model_key', '=', p.model)
      .where('version', '=', p.version)
      .orderBy('alias')
      .limit(MOST),
)

/** Says who and what hangs on a version, as far as the caller may read it. */
export function makeWhereUsed({ db }: Pick<RegistryDeps, 'db'>) {
  return function whereUsed(caller: Caller, input: VersionId): Promise<Usage> {
    return db.scan(async (reads) => {
      const { version } = await findVersion(reads, caller, input)
      const aliases = await reads.all(aliasesOf, { model: version.modelKey, version: version.version })
      const run = version.runId === '' ? undefined : await ifThere(findRun(reads, caller, version.runId))
      const same = sameContent(version)
      return {
        aliases: aliases.map(({ alias }) => alias),
        copies: await versionsWhere(reads, caller, sql`v.source_version_key = ${version.key}`),
        siblings:
          same === undefined
            ? []
            : await versionsWhere(reads, caller, sql`${same} and v.version_key <> ${version.key}`),
        sourceRun: run === undefined ? null : { runId: run.runId, experimentId: run.experimentId },
        consumingRuns:
          version.modelId === '' ? [] : await consumingRuns(reads, caller, version.modelId, MOST),
      }
    })
  }
}

/**
 * What versions with the same content have in common, by an index: the digest of the manifest. Where none tells, those
 * without one that name the same logged model, or the same place below the run. Undefined where there is none of these.
 */
function sameContent({
  manifestDigest,
  modelId,
  runId,
  contentPath,
}: FoundVersion): Expression<SqlBool> | undefined {
  if (manifestDigest !== null) return sql`v.manifest_digest = ${manifestDigest}`
  if (modelId !== '') return sql`v.model_id = ${modelId} and v.manifest_digest is null`
  if (runId === '' || contentPath === null) return undefined
  return sql`v.run_id = ${runId} and v.content_path = ${contentPath} and v.manifest_digest is null`
}

async function versionsWhere(reads: Reads, caller: Caller, condition: Expression<SqlBool>) {
  const readable = readableAmong(reads, 'm.model_key', caller.readable('model'))
  return reads
    .tables<RegistryTables>()
    .selectFrom('model_versions as v')
    .innerJoin('registered_models as m', 'm.model_key', 'v.model_key')
    .select(['m.name as name', 'v.version as version'])
    .where('v.workspace_key', '=', caller.workspace.key)
    .where(condition)
    .$if(readable !== undefined, (query) => query.where(readable!))
    .orderBy('m.name')
    .orderBy('v.version')
    .limit(MOST)
    .execute()
}
