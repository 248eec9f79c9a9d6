import { type Caller, mustNotPass, Problem } from '@orrery/base/kernel'
import type { Reads, Tx } from '@orrery/drivers/db'
import type { ApprovalDeps } from './approval-deps.ts'
import { type FoundPolicy, nameOf } from './policy-rows.ts'
import { type FoundRequest, personsOf } from './request-rows.ts'

/**
 * Refuses with PERMISSION_DENIED whoever may be the person that asked, and whoever the policies do not name. Throws
 * RESOURCE_CONFLICT where whoever asked is gone or disabled: nobody approves in the name of somebody who may not.
 */
export async function mustDecide(
  deps: Pick<ApprovalDeps, 'personsBehind' | 'isAmong'>,
  tx: Tx,
  caller: Caller,
  request: FoundRequest,
  policies: readonly FoundPolicy[],
): Promise<void> {
  mustNotPass(caller)
  const { key } = caller.principal
  if (key === undefined) throw denied(`'${caller.principal.name}' is no account.`)
  await mustBeAnother(deps, tx, key, request)
  for (const policy of policies) {
    if (policy.approvers.length === 0) continue
    if (await deps.isAmong(tx, caller.workspace.key, key, policy.named)) continue
    throw denied(
      `The policy '${nameOf(policy)}' names who approves: ${policy.approvers.join(', ')}. '${caller.principal.name}' is not among them, as they were when the policy named them.`,
    )
  }
}

async function mustBeAnother(
  { personsBehind }: Pick<ApprovalDeps, 'personsBehind'>,
  tx: Tx,
  decider: number,
  request: FoundRequest,
): Promise<void> {
  const asked = await personsWhoAsked({ personsBehind }, tx, request)
  if (asked === undefined) {
    throw new Problem(
      'RESOURCE_CONFLICT',
      `The account that asked, ${request.requestedBy}, is gone or disabled.`,
      { hint: 'Let somebody else ask for it.' },
    )
  }
  const deciding = await personsBehind(tx, decider)
  if (deciding.size > 0 && asked.isDisjointFrom(deciding)) return
  throw denied(
    `Another person than who asked (${request.requestedBy}) must decide, and the two accounts may be one person: the same account, or one made by the other, or with tokens of one maker.`,
  )
}

/**
 * Who may stand behind the account that asked: then, and now. Undefined where it is gone or disabled: in the name of that
 * one nobody decides.
 */
export async function personsWhoAsked(
  { personsBehind }: Pick<ApprovalDeps, 'personsBehind'>,
  reads: Reads,
  request: FoundRequest,
): Promise<ReadonlySet<number> | undefined> {
  const now = await personsBehind(reads, request.requesterKey)
  if (now.size === 0) return undefined
  const then = (await reads.all(personsOf, { request: request.key })).map(({ person }) => person)
  return new Set([...now, ...then, request.requesterKey])
}

const denied = (message: string) => new Problem('PERMISSION_DENIED', message)
