import { type Caller, type Change, Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { GovernanceDeps } from '../seams.ts'
import { bindingPolicies } from './binding.ts'
import { nameOf, policiesOf } from './policy-rows.ts'

/** Refuses what another person must approve. */
export type ApprovalGate = (tx: Tx, caller: Caller, change: Change) => Promise<void>

/** The part of `ChangePolicy` that is about approvals. Binds everybody, administrators too. */
export function makeApprovalGate({ hasAccounts }: Pick<GovernanceDeps, 'hasAccounts'>): ApprovalGate {
  return async function approvalGate(tx, caller, change) {
    if (!('modelKey' in change)) return
    const [policy] = bindingPolicies(await policiesOf(tx, caller.workspace.key), change)
    if (policy === undefined) return
    throw new Problem(
      'PERMISSION_DENIED',
      `${wordsOf(change)} needs the approval of another person: the policy '${nameOf(policy)}' protects it.`,
      { hint: hasAccounts ? nextStep(change) : WITHOUT_ACCOUNTS },
    )
  }
}

const WITHOUT_ACCOUNTS =
  'This server knows nobody apart, so nobody can approve. Start it with --auth, or delete the policy.'

type OfModels = Extract<Change, { modelKey: number }>

function wordsOf(change: OfModels): string {
  const model = `model '${change.name}'`
  switch (change.kind) {
    case 'stage': {
      const others =
        change.archived.length === 0 ? '' : ` and archiving ${change.archived.length} that are in it`
      return `Moving version ${change.version} of ${model} from stage ${change.from} to ${change.to}${others}`
    }
    case 'alias':
      return change.to === null
        ? `Deleting the alias '${change.alias}' of ${model}`
        : `Setting the alias '${change.alias}' of ${model} to version ${change.to}`
    case 'delete-version':
      return `Deleting version ${change.placed.version} of ${model}`
    case 'delete-model':
      return `Deleting ${model}`
    case 'rename-model':
      return `Renaming ${model} to '${change.newName}'`
    case 'import':
      return `Importing ${model} with its stages and aliases`
  }
}

const ASK = 'Ask for it: POST /api/orrery/v1/approvals with'

function nextStep(change: OfModels): string {
  const { name } = change
  const what = (asked: object) => `${ASK} ${JSON.stringify(asked)} and a reason.`
  if (change.kind === 'stage') {
    const { version, to, archived } = change
    const archive = archived.length > 0 ? { archive_existing: true } : {}
    return what({ kind: 'stage', name, version: String(version), value: to, ...archive })
  }
  if (change.kind === 'alias') {
    return change.to === null
      ? what({ kind: 'delete-alias', name, value: change.alias })
      : what({ kind: 'alias', name, version: String(change.to), value: change.alias })
  }
  if (change.kind === 'import') {
    return 'Import it by another name, or without what is protected, and ask for that afterwards.'
  }
  return `First ask for what is protected to be set elsewhere or, of an alias, to be deleted (POST /api/orrery/v1/approvals), or ask an owner of the workspace to lift the policy.`
}
