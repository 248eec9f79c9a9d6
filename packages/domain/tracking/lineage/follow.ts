import type { Caller } from '@orrery/base/kernel'
import { type EngineWords, type Reads, type Statement, statement } from '@orrery/drivers/db'
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { headOf } from './head-of.ts'
import { type LineageHop, type LineageNode, parseDatasetId } from './lineage-nodes.ts'
import { type End, RELATIONS, type Relation } from './relations.ts'

/*
 * Each question is compiled once: a deep graph asks some 150 of them, and to build one anew takes longer than to answer it.
 */

interface Asked {
  readonly ids: readonly string[]
  readonly keys: readonly number[]
  readonly names: readonly string[]
  readonly workspace: number
  /** Of experiments that the caller may read, or may not. */
  readonly experiments: readonly number[]
  readonly limit: number
}

type Readable = ReturnType<Caller['readable']>['kind']

interface Questions {
  readonly seen: Readonly<Record<Readable, Statement<Asked, End>>>
  readonly hidden: Readonly<Record<'only' | 'all-except', Statement<Asked, { readonly hidden: number }>>>
}

/** A relation with its questions. */
export type Followed = Relation & Questions

export const FOLLOWED: readonly Followed[] = RELATIONS.map((relation, at) => ({
  ...relation,
  ...questionsOf(relation, `${at}-${relation.near}-${relation.far}`),
}))

function questionsOf(relation: Relation, name: string): Questions {
  const ask = (k: Kysely<TrackingTables>, p: Asked, words: EngineWords) =>
    relation.ask(k, { ids: p.ids, keys: p.keys, names: p.names, workspace: p.workspace, words })
  const isListed = (p: Asked, words: EngineWords) =>
    words.among(sql.ref(relation.farExperiment), p.experiments)
  const isNotListed = (p: Asked, words: EngineWords) => sql<SqlBool>`not (${isListed(p, words)})`

  const seen = (kind: Readable, condition?: typeof isListed): Statement<Asked, End> =>
    statement(
      `tracking.lineage-${name}-${kind}`,
      (k: Kysely<TrackingTables>, p: Asked, words) => {
        const query = ask(k, p, words)
        return (condition === undefined ? query : query.where(condition(p, words))).limit(atMost(p))
      },
      'each-run',
    )
  const hidden = (kind: Readable, condition: (p: Asked, words: EngineWords) => Expression<SqlBool>) =>
    statement(
      `tracking.lineage-hidden-${name}-${kind}`,
      (k: Kysely<TrackingTables>, p: Asked, words) =>
        k
          .selectFrom(ask(k, p, words).where(condition(p, words)).limit(atMost(p)).as('others'))
          .select(sql<number>`count(distinct id)`.as('hidden')),
      'each-run',
    )
  return {
    seen: {
      all: seen('all'),
      only: seen('only', isListed),
      'all-except': seen('all-except', isNotListed),
    },
    hidden: { only: hidden('only', isNotListed), 'all-except': hidden('all-except', isListed) },
  }
}

/** A sum, because SQLite plans a statement anew at each run whose limit is a bound value and nothing else. */
const atMost = ({ limit }: Asked) => sql<number>`${limit} + 0`

/** The edges of some nodes in one relation, and how many neighbours that name them the caller may not see. */
export async function follow<Node extends LineageNode>(
  reads: Reads,
  caller: Caller,
  relation: Followed,
  nodes: readonly Node[],
  limit: number,
): Promise<{ readonly hops: readonly LineageHop<Node>[]; readonly hidden: number }> {
  const readable = caller.readable('experiment')
  const byId = relation.by === 'id'
  const nearBy = new Map(nodes.map((node) => [byId ? node.id : node.key, node]))
  const ids = byId ? nodes.map(({ id }) => id) : []
  const asked: Asked = {
    ids,
    keys: byId ? [] : nodes.map(({ key }) => key!),
    names: relation.near === 'dataset' ? [...new Set(ids.map((id) => parseDatasetId(id).name))] : [],
    workspace: caller.workspace.key,
    experiments: readable.kind === 'all' ? [] : readable.keys,
    limit,
  }
  const counts = readable.kind !== 'all' && relation.isSaidByFar
  const [rows, counted] = await Promise.all([
    reads.all(relation.seen[readable.kind], asked),
    counts ? reads.first(relation.hidden[readable.kind], asked) : undefined,
  ])
  const hops = rows.map((row) => ({
    near: nearBy.get(row.near)!,
    far: headOf(relation.far, row),
    relation: relation.relation,
  }))
  return { hops, hidden: Number(counted?.hidden ?? 0) }
}
