import type { Placed } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'
import { STAGES, type Stage } from '../stages.ts'

/** Of a stage so many are told: a policy asks which stages have a version, and one is enough for that. */
const MOST_OF_STAGE = 100

const highestOfStage = statement(
  'registry.placed-in-stage',
  (k: Kysely<RegistryTables>, p: { model: number; stage: Stage; limit: number }) =>
    k
      .selectFrom('model_versions')
      .select(['version', 'stage'])
      .where('model_key', '=', p.model)
      .where('stage', '=', p.stage)
      .orderBy('version', 'desc')
      .limit(p.limit),
)

const withAlias = statement('registry.placed-by-alias', (k: Kysely<RegistryTables>, p: { model: number }) =>
  k
    .selectFrom('model_aliases as a')
    .innerJoin('model_versions as v', (join) =>
      join.onRef('v.model_key', '=', 'a.model_key').onRef('v.version', '=', 'a.version'),
    )
    .select(['a.alias as alias', 'a.version as version', 'v.stage as stage'])
    .where('a.model_key', '=', p.model)
    .orderBy('a.alias'),
)

const aliasesOfVersion = statement(
  'registry.placed-aliases',
  (k: Kysely<RegistryTables>, p: { model: number; version: number }) =>
    k
      .selectFrom('model_aliases')
      .select('alias')
      .where('model_key', '=', p.model)
      .where('version', '=', p.version)
      .orderBy('alias'),
)

/** The versions of a model that are in a stage other than None or have aliases, highest first. */
export async function placedOf(reads: Reads, model: number): Promise<Placed[]> {
  const placed = new Map<number, { version: number; stage: string; aliases: string[] }>()
  for (const stage of STAGES.filter((name) => name !== 'None')) {
    const rows = await reads.all(highestOfStage, { model, stage, limit: MOST_OF_STAGE })
    for (const { version } of rows) placed.set(version, { version, stage, aliases: [] })
  }
  for (const { alias, version, stage } of await reads.all(withAlias, { model })) {
    const one = placed.get(version)
    if (one === undefined) placed.set(version, { version, stage, aliases: [alias] })
    else one.aliases.push(alias)
  }
  return [...placed.values()].sort((a, b) => b.version - a.version)
}

/** The aliases of one version, sorted. */
export async function aliasesAt(reads: Reads, model: number, version: number): Promise<string[]> {
  return (await reads.all(aliasesOfVersion, { model, version })).map(({ alias }) => alias).sort()
}
