import type { Caller } from '@orrery/base/kernel'
import { type EngineWords, type Reads, type Statement, statement } from '@orrery/drivers/db'
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { type LineageEdge, parseDatasetId } from './lineage-nodes.ts'
import { RELATIONS, type Relation } from './relations.ts'

/*
 * Each question is compiled once: a deep graph asks some 250 of them, and to build one anew takes longer than to answer it.
 */

interface Asked {
  readonly ids: readonly string[]
  readonly names: readonly string[]
  readonly workspace: number
  /** Of experiments that the caller may read, or may not. */
  readonly keys: readonly number[]
  readonly limit: number
}

interface Ends {
  readonly near: string
  readonly far: string
}

type Readable = ReturnType<Caller['readable']>['kind']

interface Questions {
  readonly seen: Readonly<Record<Readable, Statement<Asked, Ends>>>
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
    relation.ask(k, { ids: p.ids, names: p.names, workspace: p.workspace, words })
  const isListed = (p: Asked, words: EngineWords) => words.among(sql.ref(relation.farExperiment), p.keys)
  const isNotListed = (p: Asked, words: EngineWords) => sql<SqlBool>`not (${isListed(p, words)})`

  const seen = (kind: Readable, condition?: typeof isListed): Statement<Asked, Ends> =>
    statement(`tracking.lineage-${name}-${kind}`, (k: Kysely<TrackingTables>, p: Asked, words) => {
      const query = ask(k, p, words)
      return (condition === undefined ? query : query.where(condition(p, words))).limit(p.limit)
    })
  const hidden = (kind: Readable, condition: (p: Asked, words: EngineWords) => Expression<SqlBool>) =>
    statement(`tracking.lineage-hidden-${name}-${kind}`, (k: Kysely<TrackingTables>, p: Asked, words) =>
      k
        .selectFrom(ask(k, p, words).where(condition(p, words)).limit(p.limit).as('others'))
        .select(sql<number>`count(distinct far)`.as('hidden')),
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

/** The edges of some nodes in one relation, and how many neighbours that name them the caller may not see. */
export async function follow(
  reads: Reads,
  caller: Caller,
  relation: Followed,
  ids: readonly string[],
  limit: number,
): Promise<{ readonly edges: readonly LineageEdge[]; readonly hidden: number }> {
  const readable = caller.readable('experiment')
  const asked: Asked = {
    ids,
    names: relation.near === 'dataset' ? [...new Set(ids.map((id) => parseDatasetId(id).name))] : [],
    workspace: caller.workspace.key,
    keys: readable.kind === 'all' ? [] : readable.keys,
    limit,
  }
  const rows = await reads.all(relation.seen[readable.kind], asked)
  const edges = rows.map((row) => edgeOf(relation, row))
  if (readable.kind === 'all' || !relation.isSaidByFar) return { edges, hidden: 0 }
  const counted = await reads.first(relation.hidden[readable.kind], asked)
  return { edges, hidden: Number(counted?.hidden ?? 0) }
}

function edgeOf(relation: Followed, ends: Ends): LineageEdge {
  const near = { kind: relation.near, id: ends.near }
  const far = { kind: relation.far, id: ends.far }
  const { relation: name } = relation
  return relation.direction === 'upstream'
    ? { from: far, to: near, relation: name }
    : { from: near, to: far, relation: name }
}
