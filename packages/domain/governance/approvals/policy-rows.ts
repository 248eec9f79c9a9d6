import { missing } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { ApprovalPolicy } from '../approvals.ts'
import type { GovernanceTables } from '../governance-tables.ts'
import type { Named } from '../seams.ts'

/** A policy, with its key. */
export interface FoundPolicy extends ApprovalPolicy {
  readonly key: number
  /** The approvers: whoever had these names when the policy last named them. */
  readonly named: readonly Named[]
}

interface Row extends Omit<FoundPolicy, 'approvers' | 'named'> {
  readonly approvers: string
}

const select = (k: Kysely<GovernanceTables>, p: { workspace: number }) =>
  k
    .selectFrom('approval_policies')
    .select([
      'policy_key as key',
      'policy_id as id',
      'models',
      'kind',
      'value',
      'approvers',
      'expires_ms as expiresMs',
      'created_by as createdBy',
      'created_at as createdAt',
    ])
    .where('workspace_key', '=', p.workspace)

const ofWorkspace = statement(
  'governance.approval-policies',
  (k: Kysely<GovernanceTables>, p: { workspace: number }) => select(k, p).orderBy('policy_key'),
)

type ById = { workspace: number; id: string }
const byId = statement('governance.approval-policy', (k: Kysely<GovernanceTables>, p: ById) =>
  select(k, p).where('policy_id', '=', p.id),
)
const lockById = statement('governance.lock-approval-policy', (k: Kysely<GovernanceTables>, p: ById, words) =>
  words.lockRows(select(k, p).where('policy_id', '=', p.id)),
)

/** Every policy of a workspace, in the order in which they were made; at most `APPROVAL_LIMITS.policies`. */
export async function policiesOf(reads: Reads, workspace: number): Promise<FoundPolicy[]> {
  return (await reads.all(ofWorkspace, { workspace })).map(read)
}

/** The policy of that id. @param lock keeps it from others until the transaction ends. Throws RESOURCE_DOES_NOT_EXIST */
export async function findPolicy(
  reads: Reads,
  workspace: number,
  id: string,
  lock: 'lock' | 'look' = 'look',
): Promise<FoundPolicy> {
  const row = await reads.first(lock === 'lock' ? lockById : byId, { workspace, id })
  if (row !== undefined) return read(row)
  throw missing(`No approval policy with id=${id.slice(0, 100)} in this workspace.`)
}

function read({ approvers, ...row }: Row): FoundPolicy {
  const named = JSON.parse(approvers) as Named[]
  return { ...row, approvers: named.map(({ name }) => name), named }
}

/** What a policy is called in sentences and events: `fraud*: stage Production`. */
export const nameOf = ({ models, kind, value }: Pick<ApprovalPolicy, 'models' | 'kind' | 'value'>) =>
  `${models}: ${kind} ${value}`
