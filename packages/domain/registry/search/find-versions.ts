import type { Reads } from '@orrery/drivers/db'
import { type SqlBool, sql } from 'kysely'
import { behind, type Condition, readableAmong } from '../../tracking/index.ts'
import { findLead, type Lead } from './find-lead.ts'
import type { Asked } from './find-models.ts'
import { keysIn } from './found-keys.ts'
import { conditionsOf, VERSION_TAGS } from './registry-conditions.ts'
import type { NamedTerm } from './registry-order.ts'
import { alongTerms, foundFirst, type Way } from './sorted-keys.ts'
import { versionLeads } from './version-leads.ts'
import { BY_MODEL, BY_VERSION, OF_MODEL, OF_VERSION, VERSIONS } from './version-tables.ts'
import { isWalked, walkByTime } from './walk-by-time.ts'

/** The keys of the next versions in the order of the terms. */
export async function findVersions(
  reads: Reads,
  asked: Asked,
  terms: readonly NamedTerm[],
): Promise<number[]> {
  const lead = await findLead(reads, versionLeads(reads, asked), 'model_versions', asked.limit)
  const way = wayToVersions(reads, asked, terms, lead)
  if (lead !== undefined) return keysIn(reads, foundFirst(way, terms, asked.limit))
  if (isWalked(terms, asked.limit)) return walkByTime(reads, way, terms, asked.limit)
  return keysIn(reads, alongTerms(way, terms, asked.limit))
}

/** From the rows of a lead; without one along the order, as far as an index has it. */
export function wayToVersions(
  reads: Reads,
  asked: Asked,
  terms: readonly NamedTerm[],
  lead: Lead | undefined,
): Way {
  const { key } = asked.caller.workspace
  const ours = sql<SqlBool>`v.workspace_key = ${key}`
  const conditions = common(reads, asked, terms, lead)
  const way = (from: Way['from'], ...joins: Condition[]): Way => ({
    from,
    conditions: [...joins, ...conditions],
    key: 'v.version_key',
  })
  switch (lead?.from) {
    case undefined:
      return terms[0]!.name === 'name'
        ? way(BY_MODEL, OF_MODEL, sql`m.workspace_key = ${key}`)
        : way(BY_VERSION, OF_VERSION, ours)
    case VERSIONS:
      return way(BY_VERSION, OF_VERSION)
    case BY_MODEL:
      return way(BY_MODEL)
    default:
      return way(sql`${lead!.from} cross join ${BY_VERSION}`, OF_TAG, OF_VERSION, ours)
  }
}

const OF_TAG: Condition = sql`v.version_key = t.version_key`

function common(
  reads: Reads,
  { caller, kind, filter, after }: Asked,
  terms: readonly NamedTerm[],
  lead: Lead | undefined,
): Condition[] {
  const readable = readableAmong(reads, 'm.model_key', caller.readable('model'))
  const rest = filter.filter((clause) => clause !== lead?.clause)
  return [
    ...(lead === undefined ? [] : [...lead.found, ...lead.also]),
    sql`m.kind = ${kind}`,
    ...(readable === undefined ? [] : [readable]),
    ...conditionsOf(reads, rest, VERSION_TAGS),
    ...(after === undefined ? [] : [behind(terms, after)]),
  ]
}
