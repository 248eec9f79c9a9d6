import { invalid } from '@orrery/base/kernel'
import { DEFAULT_WORKSPACE } from '../ensure-workspace.ts'
import { LIMITS } from '../limits.ts'

const PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** Words that stand where the name of a workspace could in an address. */
const RESERVED: readonly string[] = ['workspaces', 'api', 'ajax-api', 'static-files']

/**
 * Refuses a name with INVALID_PARAMETER_VALUE and MLflow's sentences. One final newline, which Python's `$` lets
 * through, is refused too.
 *
 * Source: mlflow 3.17.2, store/workspace/abstract_store.py, `WorkspaceNameValidator`.
 */
export function checkWorkspaceName(name: string): void {
  const { workspaceNameMin: min, workspaceNameMax: max } = LIMITS
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name
  // All that the pattern allows are single units, so that counting these refuses nothing that it would take.
  if (name.length < min || name.length > max) {
    throw invalid(`Workspace name '${shown}' must be between ${min} and ${max} characters.`)
  }
  if (!PATTERN.test(name)) {
    throw invalid(
      `Workspace name '${shown}' must match the pattern ${PATTERN.source} (lowercase alphanumeric with optional internal hyphens).`,
    )
  }
  if (RESERVED.includes(name)) throw invalid(`Workspace name '${name}' is reserved and cannot be used.`)
}

/** As `checkWorkspaceName`, and refuses `default`, with which a workspace cannot be made or deleted. */
export function checkOwnName(name: string, what: 'created' | 'deleted'): void {
  if (name === DEFAULT_WORKSPACE) {
    throw invalid(`The '${DEFAULT_WORKSPACE}' workspace is reserved and cannot be ${what}`)
  }
  checkWorkspaceName(name)
}
