import type { Caller } from '@orrery/base/kernel'
import { type EngineWords, type Reads, type Statement, statement } from '@orrery/drivers/db'
import { type Expression, type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { headOf } from './head-of.ts'
import type { LineageFacts } from './lineage-nodes.ts'

/** What a graph shows of runs and logged models; compiled once, as `follow.ts` does. */
interface Asked {
  readonly ids: readonly string[]
  readonly workspace: number
  /** Of experiments that the caller may read, or may not. */
  readonly keys: readonly number[]
}

type Head = Pick<LineageFacts, 'id' | 'name' | 'status' | 'createdAt'> & { readonly key: number }
type ByReadable = Readonly<Record<ReturnType<Caller['readable']>['kind'], Statement<Asked, Head>>>

// biome-ignore lint/suspicious/noExplicitAny: the tables differ, what is selected does not
type Heads = SelectQueryBuilder<any, any, Head>

function byReadable(
  name: string,
  ask: (k: Kysely<TrackingTables>, p: Asked, words: EngineWords) => Heads,
): ByReadable {
  const isListed = (p: Asked, words: EngineWords) => words.among(sql.ref('experiment_key'), p.keys)
  const variant = (kind: string, condition?: (p: Asked, words: EngineWords) => Expression<SqlBool>) =>
    statement(
      `tracking.lineage-${name}-${kind}`,
      (k: Kysely<TrackingTables>, p: Asked, words) => {
        const query = ask(k, p, words)
        return condition === undefined ? query : query.where(condition(p, words))
      },
      'each-run',
    )
  return {
    all: variant('all'),
    only: variant('only', isListed),
    'all-except': variant('all-except', (p, words) => sql<SqlBool>`not (${isListed(p, words)})`),
  }
}

const RUNS = byReadable('runs', (k, p, words) =>
  k
    .selectFrom('runs')
    .select(['run_key as key', 'run_id as id', 'name', 'status', 'start_time as createdAt'])
    .where('workspace_key', '=', p.workspace)
    .where(words.among(sql.ref('run_id'), p.ids)),
)

const LOGGED_MODELS = byReadable('logged-models', (k, p, words) =>
  k
    .selectFrom('logged_models')
    .select(['model_key as key', 'model_id as id', 'name', 'status', 'created_at as createdAt'])
    .where('workspace_key', '=', p.workspace)
    .where(words.among(sql.ref('model_id'), p.ids)),
)

const HEADS = { run: RUNS, 'logged-model': LOGGED_MODELS } as const

/** Those that are there and that the caller may see, without facets. */
export async function nodeHeads(
  reads: Reads,
  caller: Caller,
  kind: keyof typeof HEADS,
  ids: readonly string[],
): Promise<LineageFacts[]> {
  const readable = caller.readable('experiment')
  const keys = readable.kind === 'all' ? [] : readable.keys
  const rows = await reads.all(HEADS[kind][readable.kind], { ids, workspace: caller.workspace.key, keys })
  return rows.map((row) => headOf(kind, row))
}
