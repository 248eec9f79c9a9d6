import { type Caller, invalid, must, Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { actorOf } from '../../events/index.ts'
import { APPROVAL_LIMITS, type ApprovalPolicy, type Approvals } from '../approvals.ts'
import type { GovernanceTables } from '../governance-tables.ts'
import type { Named } from '../seams.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { checkApprovers, checkExpiry, checkModels, checkValue, namedOf } from './check-policy.ts'
import { type FoundPolicy, findPolicy, nameOf, policiesOf } from './policy-rows.ts'
import { isStillOpen, openUnder } from './request-rows.ts'
import { expire } from './settle.ts'

type NewPolicy = Omit<GovernanceTables['approval_policies'], 'policy_key'>

const insert = statement('governance.insert-approval-policy', (k: Kysely<GovernanceTables>, p: NewPolicy) =>
  k
    .insertInto('approval_policies')
    .values({
      policy_id: p.policy_id,
      workspace_key: p.workspace_key,
      models: p.models,
      kind: p.kind,
      value: p.value,
      approvers: p.approvers,
      expires_ms: p.expires_ms,
      created_by: p.created_by,
      created_at: p.created_at,
    })
    .onConflict((clash) => clash.doNothing())
    .returning('policy_key as key'),
)

const update = statement(
  'governance.update-approval-policy',
  (k: Kysely<GovernanceTables>, p: { policy: number; approvers: string; expires: number }) =>
    k
      .updateTable('approval_policies')
      .set({ approvers: p.approvers, expires_ms: p.expires })
      .where('policy_key', '=', p.policy),
)

const remove = statement(
  'governance.delete-approval-policy',
  (k: Kysely<GovernanceTables>, p: { policy: number }) =>
    k.deleteFrom('approval_policies').where('policy_key', '=', p.policy),
)

const subjectOf = (id: string) => `policies/approvals/${id}`

/** The verbs of policies: what another person must approve. */
export function makeApprovalPolicies(
  deps: ApprovalDeps,
): Pick<Approvals, 'listPolicies' | 'createPolicy' | 'updatePolicy' | 'deletePolicy'> {
  return {
    listPolicies: makeListPolicies(deps),
    createPolicy: makeCreatePolicy(deps),
    updatePolicy: makeUpdatePolicy(deps),
    deletePolicy: makeDeletePolicy(deps),
  }
}

function makeListPolicies({ db }: ApprovalDeps): Approvals['listPolicies'] {
  return async function listPolicies(caller) {
    must(caller, 'workspace.read')
    return (await policiesOf(db.read, caller.workspace.key)).map(shownPolicy)
  }
}

function makeCreatePolicy(deps: ApprovalDeps): Approvals['createPolicy'] {
  const { db, emit, clock, ids } = deps
  return async function createPolicy(caller, input) {
    must(caller, 'policy.manage')
    mustKnowPeople(deps)
    const policy: ApprovalPolicy = {
      id: ids.hex32(),
      models: checkModels(input.models),
      kind: input.kind,
      value: checkValue(input.kind, input.value),
      approvers: checkApprovers(input.approvers ?? []),
      expiresMs: checkExpiry(input.expiresMs ?? APPROVAL_LIMITS.expiresMs.byDefault),
      createdBy: actorOf(caller),
      createdAt: clock(),
    }
    await db.inTx(async (tx) => {
      const named = await namedOf(deps, tx, caller, policy.approvers)
      const there = await policiesOf(tx, caller.workspace.key)
      const { models, kind, value, approvers } = policy
      if (there.length >= APPROVAL_LIMITS.policies) {
        throw invalid(
          `The workspace has ${APPROVAL_LIMITS.policies} approval policies; more are not allowed.`,
          "Let one policy stand for many models: 'fraud*'.",
        )
      }
      if ((await tx.first(insert, rowOf(caller, policy, named))) === undefined) {
        throw new Problem('RESOURCE_ALREADY_EXISTS', `A policy '${nameOf(policy)}' exists already.`, {
          hint: 'Change its approvers with PATCH, or delete it first.',
        })
      }
      await emit(tx, caller, {
        type: 'approval-policy.created',
        subject: subjectOf(policy.id),
        after: { models, kind, value, approvers, expiresMs: policy.expiresMs },
      })
    })
    return policy
  }
}

/** Nobody is another person where nobody is known: whoever made a policy there would bind everybody for ever. */
function mustKnowPeople({ hasAccounts }: Pick<ApprovalDeps, 'hasAccounts'>): void {
  if (hasAccounts) return
  throw new Problem(
    'INVALID_STATE',
    'This server has no accounts, so there is no other person who could approve.',
    { hint: 'Start it with --auth.' },
  )
}

function makeUpdatePolicy(deps: ApprovalDeps): Approvals['updatePolicy'] {
  const { db, emit } = deps
  return async function updatePolicy(caller, input) {
    must(caller, 'policy.manage')
    const approvers = input.approvers && checkApprovers(input.approvers)
    const expiresMs = input.expiresMs === undefined ? undefined : checkExpiry(input.expiresMs)
    return db.inTx(async (tx) => {
      const policy = await findPolicy(tx, caller.workspace.key, input.id, 'lock')
      // Names that are given again mean whoever has them now.
      const named = approvers === undefined ? policy.named : await namedOf(deps, tx, caller, approvers)
      const changed: FoundPolicy = {
        ...policy,
        approvers: approvers ?? policy.approvers,
        named,
        expiresMs: expiresMs ?? policy.expiresMs,
      }
      const [before, after] = differences(policy, changed)
      if (Object.keys(after).length > 0) {
        const text = JSON.stringify(named)
        await tx.run(update, { policy: policy.key, approvers: text, expires: changed.expiresMs })
        await emit(tx, caller, {
          type: 'approval-policy.updated',
          subject: subjectOf(policy.id),
          before,
          after,
        })
      }
      return shownPolicy(changed)
    })
  }
}

type Facts = Record<string, unknown>

/** What changed, as it was and as it is. */
function differences(was: FoundPolicy, is: FoundPolicy): [before: Facts, after: Facts] {
  const before: Facts = {}
  const after: Facts = {}
  // Others may have the same names.
  if (JSON.stringify(was.named) !== JSON.stringify(is.named)) {
    before.approvers = was.approvers
    after.approvers = is.approvers
  }
  if (was.expiresMs !== is.expiresMs) {
    before.expiresMs = was.expiresMs
    after.expiresMs = is.expiresMs
  }
  return [before, after]
}

function makeDeletePolicy(deps: ApprovalDeps): Approvals['deletePolicy'] {
  const { db, emit, clock } = deps
  return async function deletePolicy(caller, { id }) {
    must(caller, 'policy.manage')
    await db.inTx(async (tx) => {
      const policy = await findPolicy(tx, caller.workspace.key, id, 'lock')
      const now = clock()
      for (const request of await tx.all(openUnder, { policy: policy.key })) {
        if (!(await isStillOpen(tx, request.key))) continue
        await expire(deps, tx, caller, request, now, 'policy-deleted')
      }
      await tx.run(remove, { policy: policy.key })
      await emit(tx, caller, {
        type: 'approval-policy.deleted',
        subject: subjectOf(policy.id),
        before: { models: policy.models, kind: policy.kind, value: policy.value },
      })
    })
  }
}

function rowOf({ workspace }: Caller, policy: ApprovalPolicy, named: readonly Named[]): NewPolicy {
  return {
    policy_id: policy.id,
    workspace_key: workspace.key,
    models: policy.models,
    kind: policy.kind,
    value: policy.value,
    approvers: JSON.stringify(named),
    expires_ms: policy.expiresMs,
    created_by: policy.createdBy,
    created_at: policy.createdAt,
  }
}

function shownPolicy({ key: _, named: __, ...policy }: FoundPolicy): ApprovalPolicy {
  return policy
}
