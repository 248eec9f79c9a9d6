import type { Clause } from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { type SqlBool, sql } from 'kysely'
import { type Condition, readableCondition, textCondition } from '../../tracking/index.ts'
import { type Lead, tagLeads } from './find-lead.ts'
import type { Asked } from './find-models.ts'
import { VERSION_TAGS } from './registry-conditions.ts'
import { BY_MODEL, OF_MODEL, VERSIONS } from './version-tables.ts'

/** What a search for versions may begin with: by run, by name, by tag, and the few models that the caller may read. */
export function versionLeads(reads: Reads, { caller, filter }: Pick<Asked, 'caller' | 'filter'>): Lead[] {
  const { key } = caller.workspace
  const inModels = (condition: Condition): Pick<Lead, 'from' | 'found' | 'also'> => ({
    from: BY_MODEL,
    found: [sql<SqlBool>`m.workspace_key = ${key}`, condition, OF_MODEL],
    also: [],
  })
  const byAttribute = filter.flatMap((clause): Lead[] => {
    if (isExact(clause, 'run_id')) {
      const asked = textCondition(reads, sql.ref('v.run_id'), clause)
      return [{ clause, from: VERSIONS, found: [sql`v.workspace_key = ${key}`, asked], also: [] }]
    }
    if (!isExact(clause, 'name')) return []
    return [{ clause, ...inModels(textCondition(reads, sql.ref('m.name'), clause)) }]
  })
  const readable = caller.readable('model')
  const isFew = readable.kind === 'only' && readable.keys.length <= FEW_MODELS
  const few = isFew ? readableCondition('m.model_key', readable) : undefined
  return [
    ...byAttribute,
    ...tagLeads(reads, filter, VERSION_TAGS),
    ...(few === undefined ? [] : [inModels(few)]),
  ]
}

/** Each is a placeholder, by which SQLite finds the models one by one; of a list it walks along all models. */
const FEW_MODELS = 200

type Exact = Clause & { readonly entity: 'attribute' } & (
    | { readonly op: '='; readonly value: string }
    | { readonly op: 'IN'; readonly values: readonly string[] }
  )

const isExact = (clause: Clause, name: string): clause is Exact =>
  clause.entity === 'attribute' && clause.name === name && (clause.op === '=' || clause.op === 'IN')
