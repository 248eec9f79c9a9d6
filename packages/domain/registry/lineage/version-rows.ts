import type { Caller } from '@orrery/base/kernel'
import { type EngineWords, type Reads, type Statement, statement } from '@orrery/drivers/db'
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

/** Of a version what a graph tells, and what it was made of. */
export interface VersionRow {
  readonly key: number
  readonly name: string
  readonly version: number
  readonly status: string
  readonly createdAt: number
  readonly runId: string
  readonly modelId: string
  readonly sourceKey: number | null
}

/** Keys, or ids of what another module has. */
export type Named = readonly number[] | readonly string[]

interface Asked {
  readonly workspace: number
  readonly named: Named
  /** Of models that the caller may read, or may not. */
  readonly models: readonly number[]
  readonly limit: number
}

type Readable = ReturnType<Caller['readable']>['kind']

interface Questions {
  readonly seen: Readonly<Record<Readable, Statement<Asked, VersionRow>>>
  readonly hidden: Readonly<Record<'only' | 'all-except', Statement<Asked, { readonly hidden: number }>>>
}

/** The column by which versions are found. */
const COLUMNS = {
  itself: 'v.version_key',
  run: 'v.run_id',
  'logged-model': 'v.model_id',
  version: 'v.source_version_key',
} as const

export type By = keyof typeof COLUMNS

/**
 * Of keys the workspace is looked at row by row: the plus keeps SQLite from walking through all versions of the workspace,
 * 6 ms for each thousand nodes of a graph beside 25,000 versions.
 */
const isOfWorkspace = (by: By, { workspace }: Asked) =>
  by === 'itself' || by === 'version'
    ? sql<SqlBool>`+v.workspace_key = ${workspace}`
    : sql<SqlBool>`v.workspace_key = ${workspace}`

const versionsBy = (by: By, k: Kysely<RegistryTables>, p: Asked, words: EngineWords) =>
  k
    .selectFrom('model_versions as v')
    .innerJoin('registered_models as m', 'm.model_key', 'v.model_key')
    .where(isOfWorkspace(by, p))
    .where(words.among(sql.ref(COLUMNS[by]), p.named))

const isListed = (p: Asked, words: EngineWords) => words.among(sql.ref('m.model_key'), p.models)
const isNotListed = (p: Asked, words: EngineWords) => sql<SqlBool>`not (${isListed(p, words)})`

type Condition = (p: Asked, words: EngineWords) => Expression<SqlBool>

function questionsBy(by: By): Questions {
  const seen = (kind: Readable, condition?: Condition): Statement<Asked, VersionRow> =>
    statement(
      `registry.lineage-${by}-${kind}`,
      (k: Kysely<RegistryTables>, p: Asked, words) => {
        const query = versionsBy(by, k, p, words)
        return (
          (condition === undefined ? query : query.where(condition(p, words)))
            .select(['v.version_key as key', 'm.name', 'v.version', 'v.stage as status'])
            .select(['v.created_at as createdAt', 'v.run_id as runId', 'v.model_id as modelId'])
            .select('v.source_version_key as sourceKey')
            // A sum, because SQLite plans a statement anew at each run whose limit is a bound value and nothing else.
            .limit(sql<number>`${p.limit} + 0`)
        )
      },
      'each-run',
    )
  const hidden = (kind: Readable, condition: Condition) =>
    statement(
      `registry.lineage-hidden-${by}-${kind}`,
      (k: Kysely<RegistryTables>, p: Asked, words) =>
        versionsBy(by, k, p, words)
          .where(condition(p, words))
          .select((e) => e.fn.countAll<number>().as('hidden')),
      'each-run',
    )
  return {
    seen: { all: seen('all'), only: seen('only', isListed), 'all-except': seen('all-except', isNotListed) },
    hidden: { only: hidden('only', isNotListed), 'all-except': hidden('all-except', isListed) },
  }
}

/** @internal for the test of plans */
export const QUESTIONS: Readonly<Record<By, Questions>> = {
  itself: questionsBy('itself'),
  run: questionsBy('run'),
  'logged-model': questionsBy('logged-model'),
  version: questionsBy('version'),
}

/** Compiled once; see `follow.ts` of tracking. */
export function versionRows(
  reads: Reads,
  caller: Caller,
  by: By,
  named: Named,
  limit = named.length,
): Promise<VersionRow[]> {
  if (named.length === 0) return Promise.resolve([])
  const readable = caller.readable('model')
  return reads.all(QUESTIONS[by].seen[readable.kind], asked(caller, named, limit))
}

/** How many versions there are that the caller may not see. */
export async function countHidden(reads: Reads, caller: Caller, by: By, named: Named): Promise<number> {
  const readable = caller.readable('model')
  if (readable.kind === 'all') return 0
  const counted = await reads.first(QUESTIONS[by].hidden[readable.kind], asked(caller, named, 0))
  return Number(counted?.hidden ?? 0)
}

function asked(caller: Caller, named: Named, limit: number): Asked {
  const readable = caller.readable('model')
  return {
    ...{ workspace: caller.workspace.key, named, limit },
    models: readable.kind === 'all' ? [] : readable.keys,
  }
}
