import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { versionSubject } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'

/*
 * Of versions and the runs and logged models with which their files lie. These ask nobody what a caller may see: they are
 * for whoever decides about holds.
 */

type Column = 'run_id' | 'model_id'

const COLUMNS: Readonly<Record<string, Column>> = { runs: 'run_id', 'logged-models': 'model_id' }

const versionsBy = (column: Column) =>
  statement(
    `registry.versions-by-${column}`,
    (k: Kysely<RegistryTables>, p: { workspace: number; id: string }) =>
      k
        .selectFrom('model_versions')
        .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
        .select(['registered_models.name', 'model_versions.version'])
        .where('model_versions.workspace_key', '=', p.workspace)
        .where(sql.ref(`model_versions.${column}`), '=', p.id)
        .orderBy('model_versions.version_key'),
  )

const STATEMENTS = { run_id: versionsBy('run_id'), model_id: versionsBy('model_id') }

const sourcesOfModel = statement(
  'registry.sources-of-model',
  (k: Kysely<RegistryTables>, p: { workspace: number; name: string; from: number; to: number }) =>
    k
      .selectFrom('model_versions')
      .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
      .select(['model_versions.run_id as run', 'model_versions.model_id as model'])
      .where('registered_models.workspace_key', '=', p.workspace)
      .where('registered_models.name', '=', p.name)
      .where('model_versions.version', '>=', p.from)
      .where('model_versions.version', '<=', p.to),
)

/** Versions that were made from `runs/<id>` or `logged-models/<id>`, as events call them; none for other subjects. */
export async function versionsFrom(
  reads: Reads,
  workspace: number,
  owner: string,
): Promise<readonly string[]> {
  const [folder = '', id = '', ...rest] = owner.split('/')
  const column = COLUMNS[folder]
  if (column === undefined || id === '' || rest.length > 0) return []
  const rows = await reads.all(STATEMENTS[column], { workspace, id })
  return rows.map(({ name, version }) => versionSubject(name, version))
}

/** The other way: what `models/<name>`, or `models/<name>/versions/<version>`, was made from. */
export async function sourcesOf(
  reads: Reads,
  workspace: number,
  subject: string,
): Promise<readonly string[]> {
  const [, name, version] = /^models\/([^/]+)(?:\/versions\/(\d{1,9}))?$/s.exec(subject) ?? []
  if (name === undefined) return []
  const [from, to] = version === undefined ? [0, Number.MAX_SAFE_INTEGER] : [Number(version), Number(version)]
  const rows = await reads.all(sourcesOfModel, { workspace, name, from, to })
  const sources = rows.flatMap(({ run, model }) => [
    ...(run === '' ? [] : [`runs/${run}`]),
    ...(model === '' ? [] : [`logged-models/${model}`]),
  ])
  return [...new Set(sources)]
}
