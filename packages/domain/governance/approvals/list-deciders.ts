import { type Caller, must, Problem, SOMEWHERE } from '@orrery/base/kernel'
import type { Reads, Tx } from '@orrery/drivers/db'
import type { Approvals, Deciders } from '../approvals.ts'
import type { Able } from '../seams.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { bindingPolicies } from './binding.ts'
import { personsWhoAsked } from './may-decide.ts'
import { type FoundPolicy, findPolicy, policiesOf } from './policy-rows.ts'
import { changeOf, type FoundRequest, findRequest } from './request-rows.ts'

const NOBODY: Deciders = { deciders: [], hidden: 0 }

/** Who may decide; see `Approvals.deciders`. */
export function makeListDeciders(deps: ApprovalDeps): Approvals['deciders'] {
  const { db, clock, isAmong, personsBehind, whoMay, serverIn, approvedChanges } = deps
  return async function listDeciders(caller, input) {
    const workspace = caller.workspace.key
    if ('policy' in input) {
      must(caller, 'workspace.read')
      return db.scan(async (reads) => {
        const policy = await findPolicy(reads, workspace, input.policy)
        const able = await whoMay(reads, workspace, wanted(SOMEWHERE))
        return told(caller, await named(reads, caller, able, [policy]))
      })
    }
    must(caller, 'model.read', SOMEWHERE)
    const binding = await bindingOf(caller, input.request)
    if (binding === undefined) return NOBODY
    const { request, policies } = binding
    return db.scan(async (reads) => {
      const asked = await personsWhoAsked(deps, reads, request)
      if (asked === undefined) return NOBODY
      const able = await whoMay(reads, workspace, wanted(request.modelKey))
      const others: Able[] = []
      for (const one of await named(reads, caller, able, policies)) {
        if (asked.isDisjointFrom(await personsBehind(reads, one.key))) others.push(one)
      }
      return told(caller, others)
    })
  }

  /** The policies that bind what an open request asks for, as approving would find them. Changes nothing. */
  async function bindingOf(caller: Caller, id: string) {
    const server = await serverIn(caller.workspace.key)
    return db.inTx(async (tx) => {
      const request = await findRequest(tx, caller, id)
      if (request.state !== 'open' || request.expiresAt <= clock()) return undefined
      const all = await policiesOf(tx, caller.workspace.key)
      const own = all.filter(({ key }) => key === request.policyKey)
      const looked = server === undefined ? undefined : await lookAs(tx, server, request)
      if (looked === undefined || own.length === 0) return undefined
      return { request, policies: new Set([...own, ...bindingPolicies(all, looked)]) }
    })
  }

  /** In the server's name: who may read a request need not be one who could make the change. */
  async function lookAs(tx: Tx, server: Caller, request: FoundRequest) {
    try {
      const looked = await approvedChanges.look(tx, server, changeOf(request))
      const isSame = looked.modelKey === request.modelKey && looked.stateBefore === request.stateBefore
      return isSame ? looked.change : undefined
    } catch (error) {
      if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
      throw error
    }
  }

  /** Those whom every one of the policies names that names somebody. */
  async function named(
    reads: Reads,
    caller: Caller,
    able: readonly Able[],
    policies: Iterable<FoundPolicy>,
  ): Promise<readonly Able[]> {
    let left = able
    for (const { named: names } of policies) {
      if (names.length === 0) continue
      const among: Able[] = []
      for (const one of left) {
        if (await isAmong(reads, caller.workspace.key, one.key, names)) among.push(one)
      }
      left = among
    }
    return left
  }
}

/** What `approve` needs of whoever decides. */
const wanted = (model: number | typeof SOMEWHERE) =>
  [{ permission: 'approval.decide' }, { permission: 'model.write', on: model }] as const

function told(caller: Caller, able: readonly Able[]): Deciders {
  const shown = caller.may('server.manage') ? able : able.filter(({ isMember }) => isMember)
  return {
    deciders: shown.map(({ kind, name }) => `${kind}:${name}`),
    hidden: able.length - shown.length,
  }
}
