import { invalid } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { longestLife } from '../decisions/load-rights.ts'
import { lifeInWords } from '../decisions/outlives.ts'
import { LIMITS } from '../limits.ts'
import { memberships } from '../workspaces/memberships.ts'
import { livingRows } from '../workspaces/workspace-rows.ts'

export interface AskedLife {
  /** Milliseconds; undefined: as long as is usual, and as the workspace allows. */
  readonly lifeMs: number | undefined
  /** Then no single workspace's limit is in the way of making it: each refuses it when it comes. */
  readonly allWorkspaces: boolean
}

/**
 * How long a new personal or service token lives, in milliseconds.
 *
 * @throws INVALID_PARAMETER_VALUE for a life beyond what the workspace that it is for allows
 */
export async function tokenLife(
  reads: Reads,
  workspace: { readonly key: number; readonly name: string },
  { lifeMs, allWorkspaces }: AskedLife,
): Promise<number> {
  const row = await reads.first(longestLife, { workspace: workspace.key })
  const cap = Math.min(row?.maxTokenLifeMs ?? LIMITS.maxTokenLifeMs, LIMITS.maxTokenLifeMs)
  if (lifeMs === undefined) return Math.min(LIMITS.tokenLifeMs, cap)
  if (allWorkspaces) checkLife(lifeMs, LIMITS.maxTokenLifeMs)
  else checkLife(lifeMs, cap, `the workspace '${workspace.name}' allows ${lifeInWords(cap)}`)
  return lifeMs
}

/**
 * @param most milliseconds
 * @param why who says so, where it is not the server
 */
export function checkLife(asked: number, most: number, why?: string): void {
  if (Number.isSafeInteger(asked) && asked >= LIMITS.minTokenLifeMs && asked <= most) return
  const because = why === undefined ? '' : `: ${why}`
  throw invalid(
    `Invalid value ${asked} for parameter 'life_ms' supplied: a token lives from ${LIMITS.minTokenLifeMs} to ${most} milliseconds here${because}.`,
  )
}

/** The names of an account's workspaces that refuse a token of that life. Rare, and by a list of what is remembered of few. */
export async function workspacesBelow(
  reads: Reads,
  owner: { readonly key: number; readonly isAdmin: number },
  lifeMs: number,
): Promise<string[]> {
  const mine = owner.isAdmin === 1 ? undefined : await memberships(reads, owner.key)
  return (await livingRows(reads))
    .filter(({ key, maxTokenLifeMs }) => (mine?.has(key) ?? true) && (maxTokenLifeMs ?? lifeMs) < lifeMs)
    .map(({ name }) => name)
}
