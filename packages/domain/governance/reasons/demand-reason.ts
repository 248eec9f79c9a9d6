import { type Caller, type Change, invalid } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { ReasonedChange } from '../policies.ts'
import { demandFor } from './reason-policies.ts'

/** Refuses with INVALID_PARAMETER_VALUE a change for which a policy demands a reason and none is given. */
export async function demandReason(tx: Tx, caller: Caller, change: Change): Promise<void> {
  if (caller.reason !== undefined || caller.principal.kind === 'system') return
  for (const kind of reasonedAs(change)) {
    const demand = await demandFor(tx, caller.workspace.key, kind)
    if (demand === 'none') continue
    if (demand === 'where-possible' && caller.speaks === 'mlflow') continue
    throw needsReason(wordsOf(change), caller)
  }
}

export function needsReason(what: string, { workspace, speaks }: Caller) {
  return invalid(
    `${what} needs a reason in the workspace '${workspace.name}'.`,
    speaks === 'mlflow'
      ? "Send the header X-Orrery-Reason; docs/audit.md shows how MLflow's client does."
      : "Give it in the header X-Orrery-Reason, or as 'reason' where the call takes that.",
  )
}

function reasonedAs(change: Change): readonly ReasonedChange[] {
  switch (change.kind) {
    case 'stage':
    case 'alias':
      return [change.kind]
    case 'import':
      return [
        ...(change.placed.some(({ stage }) => stage !== 'None') ? ['stage' as const] : []),
        ...(change.placed.some(({ aliases }) => aliases.length > 0) ? ['alias' as const] : []),
      ]
    case 'delete-version':
    case 'delete-model':
    case 'delete':
    case 'remove':
      return ['deletion']
    case 'rename-model':
    case 'restore':
    case 'move':
    case 'replace':
      return []
  }
}

function wordsOf(change: Change): string {
  switch (change.kind) {
    case 'stage':
      return `Moving version ${change.version} of model '${change.name}' to stage ${change.to}`
    case 'alias':
      return change.to === null
        ? `Deleting the alias '${change.alias}' of model '${change.name}'`
        : `Setting the alias '${change.alias}' of model '${change.name}'`
    case 'import':
      return `Importing model '${change.name}' with its stages and aliases`
    case 'delete-version':
      return `Deleting version ${change.placed.version} of model '${change.name}'`
    case 'delete-model':
      return `Deleting model '${change.name}'`
    case 'delete':
      return `Deleting ${change.subject}`
    case 'remove':
      return `Removing ${change.subject} for good`
    default:
      return 'This change'
  }
}
