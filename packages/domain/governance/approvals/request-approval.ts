import { type Caller, type Change, must, Problem, type ProtectedChange, SOMEWHERE } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { actorOf } from '../../events/index.ts'
import { APPROVAL_LIMITS, type Approvals } from '../approvals.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { bindingPolicies } from './binding.ts'
import { needReason } from './need-reason.ts'
import { policiesOf } from './policy-rows.ts'
import { findRequest, insertRequest, isStillOpen, openOfModel, personRows, shown } from './request-rows.ts'
import { expire, subjectOf, toldOf } from './settle.ts'

/** Asks for a change that a policy binds; see `Approvals.request`. */
export function makeRequestApproval(deps: ApprovalDeps): Approvals['request'] {
  const { db, emit, clock, ids, approvedChanges, personsBehind } = deps
  return async function requestApproval(caller, { change }) {
    must(caller, 'model.write', SOMEWHERE)
    const requester = mustBeSomebody(deps, caller)
    const reason = needReason(caller, 'A request for approval')
    const now = clock()
    return db.inTx(async (tx) => {
      const looked = await approvedChanges.look(tx, caller, change)
      checkIsChange(looked.change)
      const binding = bindingPolicies(await policiesOf(tx, caller.workspace.key), looked.change)
      const [policy] = binding
      if (policy === undefined) throw notBound(change)
      await makeRoom(tx, caller, looked.modelKey, now)
      const { version, value, archiveExisting } = asked(looked.change, change)
      const id = ids.hex32()
      const row = await tx.first(insertRequest, {
        id,
        workspace: caller.workspace.key,
        policy: policy.key,
        model: looked.modelKey,
        name: looked.change.name,
        kind: change.kind,
        version,
        value,
        archiveExisting: archiveExisting ? 1 : 0,
        stateBefore: looked.stateBefore,
        reason,
        by: actorOf(caller),
        requester,
        now,
        expiresAt: now + Math.min(...binding.map(({ expiresMs }) => expiresMs)),
      })
      if (row === undefined) throw askedAlready(change)
      const persons = await personsBehind(tx, requester)
      await tx.bulk(
        personRows,
        [...persons].map((person) => [row.key, person]),
      )
      const request = await findRequest(tx, caller, id)
      await emit(tx, caller, {
        type: 'approval.requested',
        subject: subjectOf(request),
        on: request.modelKey,
        after: toldOf(request),
      })
      return shown(request, now)
    })
  }

  /** Ends what is over and was not swept up yet, and refuses more open requests than a model may have. */
  async function makeRoom(tx: Tx, caller: Caller, model: number, now: number): Promise<void> {
    let open = 0
    for (const request of await tx.all(openOfModel, { model })) {
      if (request.expiresAt > now) open++
      else if (await isStillOpen(tx, request.key)) await expire(deps, tx, caller, request, now, 'expired')
    }
    if (open < APPROVAL_LIMITS.openPerModel) return
    throw new Problem(
      'INVALID_STATE',
      `${APPROVAL_LIMITS.openPerModel} requests for approval are open for this model; more are not allowed.`,
      { hint: 'Withdraw those that are not needed.' },
    )
  }
}

function mustBeSomebody({ hasAccounts }: ApprovalDeps, { principal }: Caller): number {
  if (hasAccounts && principal.key !== undefined) return principal.key
  throw new Problem(
    'INVALID_STATE',
    'This server has no accounts, so there is no other person who could approve.',
    { hint: 'Start it with --auth.' },
  )
}

type Looked = Extract<Change, { kind: 'stage' | 'alias' }>

function checkIsChange(change: Change): asserts change is Looked {
  const isSame =
    (change.kind === 'stage' && change.from === change.to && change.archived.length === 0) ||
    (change.kind === 'alias' && change.from === change.to)
  if (!isSame) return
  throw new Problem('INVALID_STATE', 'It is so already: there is nothing to approve.')
}

/** As it is kept: the stage in its own spelling, and of an alias that is to go the version that has it. */
function asked(looked: Looked, change: ProtectedChange) {
  if (looked.kind === 'stage') {
    const archiveExisting = change.kind === 'stage' && change.archiveExisting
    return { version: looked.version, value: looked.to, archiveExisting }
  }
  // An alias that is to go has a version; the other way round there is nothing to delete, and `look` refuses.
  return { version: looked.to ?? looked.from!, value: looked.alias, archiveExisting: false }
}

function wordsOf(change: ProtectedChange): string {
  const { name } = change
  if (change.kind === 'stage') return `version ${change.version} of model '${name}' in stage ${change.stage}`
  if (change.kind === 'alias') return `version ${change.version} of model '${name}' as '${change.alias}'`
  return `the deletion of the alias '${change.alias}' of model '${name}'`
}

const notBound = (change: ProtectedChange) =>
  new Problem('INVALID_STATE', `No policy protects ${wordsOf(change)}: nobody has to approve it.`, {
    hint: 'Make the change itself.',
  })

const askedAlready = (change: ProtectedChange) =>
  new Problem('RESOURCE_ALREADY_EXISTS', `Somebody has asked for ${wordsOf(change)} already.`, {
    hint: 'Wait for the decision, or withdraw that request first.',
  })
