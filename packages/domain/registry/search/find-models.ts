import type { Filter } from '@orrery/base/filter'
import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { sql } from 'kysely'
import { behind, type Condition, readableAmong, type Term } from '../../tracking/index.ts'
import type { ModelKind } from '../registered-model.ts'
import { findLead, type Lead, tagLeads } from './find-lead.ts'
import { keysIn } from './found-keys.ts'
import { conditionsOf, MODEL_TAGS } from './registry-conditions.ts'
import { alongTerms, foundFirst, type Way } from './sorted-keys.ts'

/** What is asked of one kind of things in the registry. */
export interface Asked {
  readonly caller: Caller
  readonly kind: ModelKind
  readonly filter: Filter
  /** Of the last row of the page before. */
  readonly after: readonly (string | number)[] | undefined
  readonly limit: number
}

/** The keys of the next models in the order of the terms. */
export async function findModels(reads: Reads, asked: Asked, terms: readonly Term[]): Promise<number[]> {
  const leads = tagLeads(reads, asked.filter, MODEL_TAGS)
  const lead = await findLead(reads, leads, 'registered_models', asked.limit)
  const ask = lead === undefined ? alongTerms : foundFirst
  return keysIn(reads, ask(wayToModels(reads, asked, terms, lead), terms, asked.limit))
}

/** From the rows of a lead; without one along the order, for which there is an index by name and one by time. */
export function wayToModels(
  reads: Reads,
  { caller, kind, filter, after }: Asked,
  terms: readonly Term[],
  lead: Lead | undefined,
): Way {
  const readable = readableAmong(reads, 'm.model_key', caller.readable('model'))
  const rest = filter.filter((clause) => clause !== lead?.clause)
  return {
    from: lead === undefined ? MODELS : sql`${lead.from} cross join ${MODELS}`,
    conditions: [
      ...(lead === undefined ? [] : [OF_TAG, ...lead.found, ...lead.also]),
      sql`m.workspace_key = ${caller.workspace.key}`,
      sql`m.kind = ${kind}`,
      ...(readable === undefined ? [] : [readable]),
      ...conditionsOf(reads, rest, MODEL_TAGS),
      ...(after === undefined ? [] : [behind(terms, after)]),
    ],
    key: 'm.model_key',
  }
}

const MODELS = sql`registered_models as m`
const OF_TAG: Condition = sql`m.model_key = t.model_key`
