import { type Caller, missing, type ProtectedChange, readableHas } from '@orrery/base/kernel'
import { type BulkInsert, type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { ApprovalRequest, RequestState } from '../approvals.ts'
import type { GovernanceTables } from '../governance-tables.ts'

/** A request's row, found for a verb. */
export interface FoundRequest {
  readonly key: number
  readonly id: string
  readonly workspaceKey: number
  readonly policyKey: number
  /** Null where the policy is gone. */
  readonly policyId: string | null
  readonly policyModels: string | null
  readonly policyKind: 'stage' | 'alias' | null
  readonly policyValue: string | null
  readonly modelKey: number
  readonly name: string
  readonly kind: ProtectedChange['kind']
  readonly version: number
  readonly value: string
  /** 0 or 1. */
  readonly archiveExisting: number
  readonly stateBefore: string
  readonly state: RequestState
  readonly reason: string
  readonly requestedBy: string
  readonly requesterKey: number
  readonly requestedAt: number
  readonly expiresAt: number
  readonly decidedBy: string | null
  readonly decidedAt: number | null
  readonly decisionReason: string | null
}

/** The columns of a `FoundRequest`, from `approval_requests as r` left joined with `approval_policies as p`. */
export const REQUEST_COLUMNS = [
  'r.request_key as key',
  'r.request_id as id',
  'r.workspace_key as workspaceKey',
  'r.policy_key as policyKey',
  'p.policy_id as policyId',
  'p.models as policyModels',
  'p.kind as policyKind',
  'p.value as policyValue',
  'r.model_key as modelKey',
  'r.model_name as name',
  'r.kind as kind',
  'r.version as version',
  'r.value as value',
  'r.archive_existing as archiveExisting',
  'r.state_before as stateBefore',
  'r.state as state',
  'r.reason as reason',
  'r.requested_by as requestedBy',
  'r.requester_key as requesterKey',
  'r.requested_at as requestedAt',
  'r.expires_at as expiresAt',
  'r.decided_by as decidedBy',
  'r.decided_at as decidedAt',
  'r.decision_reason as decisionReason',
] as const

export const selectRequests = (k: Kysely<GovernanceTables>) =>
  k
    .selectFrom('approval_requests as r')
    .leftJoin('approval_policies as p', 'p.policy_key', 'r.policy_key')
    .select(REQUEST_COLUMNS)

const byId = statement('governance.request-by-id', (k: Kysely<GovernanceTables>, p: { id: string }) =>
  selectRequests(k).where('r.request_id', '=', p.id),
)

const lockById = statement(
  'governance.lock-request',
  (k: Kysely<GovernanceTables>, p: { id: string }, words) =>
    words.lockRows(
      k.selectFrom('approval_requests').select('request_key as key').where('request_id', '=', p.id),
    ),
)

const lockByKey = statement(
  'governance.lock-request-by-key',
  (k: Kysely<GovernanceTables>, p: { key: number }, words) =>
    words.lockRows(k.selectFrom('approval_requests').select('state').where('request_key', '=', p.key)),
)

export const openUnder = statement(
  'governance.open-requests-under',
  (k: Kysely<GovernanceTables>, p: { policy: number }) =>
    selectRequests(k)
      .where('r.policy_key', '=', p.policy)
      .where('r.state', '=', sql.lit('open'))
      .orderBy('r.request_key'),
)

export const openOfModel = statement(
  'governance.open-requests-of-model',
  (k: Kysely<GovernanceTables>, p: { model: number }) =>
    selectRequests(k)
      .where('r.model_key', '=', p.model)
      .where('r.state', '=', sql.lit('open'))
      .orderBy('r.request_key'),
)

export const dueRequests = statement(
  'governance.due-requests',
  (k: Kysely<GovernanceTables>, p: { now: number; limit: number }) =>
    selectRequests(k)
      .where('r.state', '=', sql.lit('open'))
      .where('r.expires_at', '<=', p.now)
      .orderBy('r.expires_at')
      .limit(p.limit),
)

export const personsOf = statement(
  'governance.persons-of-request',
  (k: Kysely<GovernanceTables>, p: { request: number }) =>
    k
      .selectFrom('approval_request_persons')
      .select('person_key as person')
      .where('request_key', '=', p.request),
)

export const personRows: BulkInsert = {
  table: 'approval_request_persons',
  columns: { request_key: 'int', person_key: 'int' },
  key: ['request_key', 'person_key'],
  onClash: 'ignore',
}

export interface NewRequest {
  readonly id: string
  readonly workspace: number
  readonly policy: number
  readonly model: number
  readonly name: string
  readonly kind: ProtectedChange['kind']
  readonly version: number
  readonly value: string
  readonly archiveExisting: number
  readonly stateBefore: string
  readonly reason: string
  readonly by: string
  readonly requester: number
  readonly now: number
  readonly expiresAt: number
}

export const insertRequest = statement(
  'governance.insert-request',
  (k: Kysely<GovernanceTables>, p: NewRequest) =>
    k
      .insertInto('approval_requests')
      .values({
        request_id: p.id,
        workspace_key: p.workspace,
        policy_key: p.policy,
        model_key: p.model,
        model_name: p.name,
        kind: p.kind,
        version: p.version,
        value: p.value,
        archive_existing: p.archiveExisting,
        state_before: p.stateBefore,
        state: 'open',
        reason: p.reason,
        requested_by: p.by,
        requester_key: p.requester,
        requested_at: p.now,
        expires_at: p.expiresAt,
        decided_by: null,
        decided_at: null,
        decision_reason: null,
      })
      .onConflict((clash) => clash.doNothing())
      .returning('request_key as key'),
)

export const settleRequest = statement(
  'governance.settle-request',
  (
    k: Kysely<GovernanceTables>,
    p: { request: number; state: RequestState; by: string; now: number; reason: string | null },
  ) =>
    k
      .updateTable('approval_requests')
      .set({ state: p.state, decided_by: p.by, decided_at: p.now, decision_reason: p.reason })
      .where('request_key', '=', p.request)
      .where('state', '=', sql.lit('open')),
)

/** The request of that id. Throws RESOURCE_DOES_NOT_EXIST, also where the caller may not read its model. */
export async function findRequest(reads: Reads, caller: Caller, id: string): Promise<FoundRequest> {
  const row = await reads.first(byId, { id })
  if (
    row !== undefined &&
    row.workspaceKey === caller.workspace.key &&
    readableHas(caller.readable('model'), row.modelKey)
  ) {
    return row
  }
  throw missing(`No approval request with id=${id.slice(0, 100)} in this workspace.`)
}

/** As `findRequest`; its row is this transaction's until it ends. */
export async function takeRequest(reads: Reads, caller: Caller, id: string): Promise<FoundRequest> {
  if (reads.words.locksRows) await reads.first(lockById, { id })
  return findRequest(reads, caller, id)
}

/** Takes the row of a request that was found before. @returns whether it is still open */
export async function isStillOpen(reads: Reads, key: number): Promise<boolean> {
  return (await reads.first(lockByKey, { key }))?.state === 'open'
}

/** What was asked for, in the words of whoever makes it. */
export function changeOf({ kind, name, version, value, archiveExisting }: FoundRequest): ProtectedChange {
  return kind === 'stage'
    ? { kind, name, version, stage: value, archiveExisting: archiveExisting === 1 }
    : { kind, name, version, alias: value }
}

/** As callers see it: one whose time is over has expired, whether or not that was written down yet. */
export function shown(row: FoundRequest, now: number): ApprovalRequest {
  const isOver = row.state === 'open' && row.expiresAt <= now
  return {
    id: row.id,
    policyId: row.policyId ?? '',
    change: changeOf(row),
    state: isOver ? 'expired' : row.state,
    reason: row.reason,
    requestedBy: row.requestedBy,
    requestedAt: row.requestedAt,
    expiresAt: row.expiresAt,
    decidedBy: row.decidedBy,
    decidedAt: isOver ? row.expiresAt : row.decidedAt,
    decisionReason: row.decisionReason,
  }
}
