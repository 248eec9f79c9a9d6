import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { RegisteredModel } from '../registered-model.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { STAGES, type Stage } from '../stages.ts'
import { type FoundVersion, VERSION_COLUMNS } from '../versions/find-version.ts'
import { loadVersions } from '../versions/load-versions.ts'
import type { FoundModel } from './find-model.ts'

interface Models {
  readonly models: readonly number[]
}

const tagsOf = statement('registry.model-tags', (k: Kysely<RegistryTables>, p: Models, words) =>
  k
    .selectFrom('registered_model_tags')
    .select(['model_key as model', 'key', 'value'])
    .where(words.among(sql.ref('model_key'), p.models))
    .orderBy('model_key')
    .orderBy('key'),
)

const aliasesOf = statement('registry.model-aliases', (k: Kysely<RegistryTables>, p: Models, words) =>
  k
    .selectFrom('model_aliases')
    .select(['model_key as model', 'alias', 'version'])
    .where(words.among(sql.ref('model_key'), p.models))
    .orderBy('model_key')
    .orderBy('alias'),
)

const STAGE_PLACES = sql<{ stage: Stage; place: number }>`(${sql.join(
  STAGES.map((stage, place) => sql`select ${sql.lit(stage)} as stage, ${sql.lit(place)} as place`),
  sql` union all `,
)})`

/**
 * One seek per model and stage in `model_versions_by_stage`, however many versions there are. All in one question: as
 * 400 of them the first page of a search took PostgreSQL 60 ms instead of 12.
 */
const highest = statement('registry.highest-versions', (k: Kysely<RegistryTables>, p: Models, words) =>
  k
    .with(
      (found) => found('latest').materialized(),
      (w) =>
        w
          .selectFrom('registered_models as m')
          .innerJoin(STAGE_PLACES.as('s'), (join) => join.onTrue())
          .select((e) => [
            's.place as place',
            e
              .selectFrom('model_versions as v')
              .select('v.version_key')
              .whereRef('v.model_key', '=', 'm.model_key')
              .whereRef('v.stage', '=', 's.stage')
              .orderBy('v.version', 'desc')
              .limit(1)
              .as('key'),
          ])
          .where(words.among(sql.ref('m.model_key'), p.models)),
    )
    .selectFrom('latest')
    .innerJoin('model_versions', 'model_versions.version_key', 'latest.key')
    .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
    .select(VERSION_COLUMNS)
    .orderBy('model_versions.model_key')
    .orderBy('latest.place'),
)

/** Of each stage that has versions the highest, by model and in the order of `STAGES`. */
export async function latestOf(reads: Reads, models: readonly number[]): Promise<FoundVersion[]> {
  return reads.all(highest, { models })
}

/** Models with tags, aliases and latest versions, in the order of `found`. */
export async function loadModels(reads: Reads, found: readonly FoundModel[]): Promise<RegisteredModel[]> {
  if (found.length === 0) return []
  const models = found.map(({ key }) => key)
  const [rows, tagRows, aliasRows] = await Promise.all([
    latestOf(reads, models),
    reads.all(tagsOf, { models }),
    reads.all(aliasesOf, { models }),
  ])
  const shown = await loadVersions(reads, rows, { aliases: false })
  const tags = Map.groupBy(tagRows, (row) => row.model)
  const aliases = Map.groupBy(aliasRows, (row) => row.model)
  const latest = Map.groupBy(shown.entries(), ([at]) => rows[at]!.modelKey)
  return found.map(({ key, lastVersion: _, ...model }) => ({
    ...model,
    tags: (tags.get(key) ?? []).map((tag) => ({ key: tag.key, value: tag.value })),
    aliases: (aliases.get(key) ?? []).map(({ alias, version }) => ({ alias, version })),
    // The model may have been renamed between the questions: one answer has one name.
    latestVersions: (latest.get(key) ?? []).map(([, version]) => ({ ...version, name: model.name })),
  }))
}
