import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Metered, QuotaState } from '../workspace.ts'

/** Everything that is counted, in the order in which it is told. */
export const METERED: readonly Metered[] = ['runs', 'artifact-bytes', 'tokens', 'webhooks']

type Which = { workspace: number; what: Metered }

type Addition = Which & { shard: number; amount: number }

const quotaFor = (k: Kysely<AccessTables>, p: Which) =>
  k
    .selectFrom('workspace_quotas')
    .select('quota')
    .where('workspace_key', '=', p.workspace)
    .where('what', '=', p.what)
    .as('quota')

/**
 * Adds to the row of a shard, and tells the quota if there is one: counting is in the way of every run that is created, so
 * it is one statement. Of what can clash PostgreSQL takes twice the time, so that is left to the first of each shard.
 */
const add = statement('access.count-usage', (k: Kysely<AccessTables>, p: Addition) =>
  k
    .updateTable('workspace_usage')
    .set((e) => ({ amount: e('amount', '+', p.amount) }))
    .where('workspace_key', '=', p.workspace)
    .where('what', '=', p.what)
    .where('shard', '=', p.shard)
    .returning(quotaFor(k, p)),
)

const addFirst = statement('access.count-first-usage', (k: Kysely<AccessTables>, p: Addition) =>
  k
    .insertInto('workspace_usage')
    .values({ workspace_key: p.workspace, what: p.what, shard: p.shard, amount: p.amount })
    .onConflict((clash) =>
      clash
        .columns(['workspace_key', 'what', 'shard'])
        .doUpdateSet((e) => ({ amount: e('workspace_usage.amount', '+', p.amount) })),
    )
    .returning(quotaFor(k, p)),
)

const sum = statement('access.sum-usage', (k: Kysely<AccessTables>, p: Which) =>
  k
    .selectFrom('workspace_usage')
    .select((e) => e.fn.coalesce(e.fn.sum<number>('amount'), e.lit(0)).as('used'))
    .where('workspace_key', '=', p.workspace)
    .where('what', '=', p.what),
)

const quota = statement('access.quota', (k: Kysely<AccessTables>, p: Which) =>
  k
    .selectFrom('workspace_quotas')
    .select(['quota', 'told'])
    .where('workspace_key', '=', p.workspace)
    .where('what', '=', p.what),
)

const lockQuota = statement('access.lock-quota', (k: Kysely<AccessTables>, p: Which, words) =>
  words.lockRows(
    k
      .selectFrom('workspace_quotas')
      .select(['quota', 'told'])
      .where('workspace_key', '=', p.workspace)
      .where('what', '=', p.what),
  ),
)

const writeTold = statement('access.quota-told', (k: Kysely<AccessTables>, p: Which & { told: QuotaState }) =>
  k
    .updateTable('workspace_quotas')
    .set({ told: p.told })
    .where('workspace_key', '=', p.workspace)
    .where('what', '=', p.what),
)

const dropUsage = statement('access.drop-usage', (k: Kysely<AccessTables>, p: Which) =>
  k.deleteFrom('workspace_usage').where('workspace_key', '=', p.workspace).where('what', '=', p.what),
)

const counted = statement('access.counted', (k: Kysely<AccessTables>, p: { workspace: number }) =>
  k.selectFrom('workspace_usage').select('what').distinct().where('workspace_key', '=', p.workspace),
)

const begin = statement('access.begin-usage', (k: Kysely<AccessTables>, p: Which & { amount: number }) =>
  k
    .insertInto('workspace_usage')
    .values({ workspace_key: p.workspace, what: p.what, shard: 0, amount: p.amount })
    .onConflict((clash) => clash.columns(['workspace_key', 'what', 'shard']).doNothing()),
)

export interface QuotaRow {
  readonly quota: number
  readonly told: QuotaState
}

/** @returns the quota, or null where there is no limit */
export async function addUsage(
  tx: Tx,
  to: Which & { shard: number; amount: number },
): Promise<number | null> {
  const row = (await tx.first(add, to)) ?? (await tx.first(addFirst, to))
  return row!.quota
}

/** What is used, all shards together. */
export async function usedOf(reads: Reads, of: Which): Promise<number> {
  const row = await reads.first(sum, of)
  return Number(row!.used)
}

export function quotaOf(reads: Reads, of: Which): Promise<QuotaRow | undefined> {
  return reads.first(quota, of)
}

/** As `quotaOf`; whoever counts the same in another transaction waits until this one ends. */
export function takeQuota(tx: Tx, of: Which): Promise<QuotaRow | undefined> {
  return tx.first(lockQuota, of)
}

export async function tellState(tx: Tx, of: Which, told: QuotaState): Promise<void> {
  await tx.run(writeTold, { ...of, told })
}

/** The first row of a count, unless it has begun. */
export async function beginUsage(tx: Tx, of: Which, amount: number): Promise<void> {
  await tx.run(begin, { ...of, amount })
}

/** Forgets what was counted for what there is. */
export async function setUsage(tx: Tx, of: Which, amount: number): Promise<void> {
  await tx.run(dropUsage, of)
  await beginUsage(tx, of, amount)
}

/** What of a workspace has a count. */
export async function countedOf(reads: Reads, workspace: number): Promise<ReadonlySet<Metered>> {
  const rows = await reads.all(counted, { workspace })
  return new Set(rows.map(({ what }) => what))
}

/** A new workspace has nothing, and nobody needs to look. */
export async function startCounting(tx: Tx, workspace: number): Promise<void> {
  for (const what of METERED) await beginUsage(tx, { workspace, what }, 0)
}
