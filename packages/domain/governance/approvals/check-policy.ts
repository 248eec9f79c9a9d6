import { type Caller, invalid } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { APPROVAL_LIMITS } from '../approvals.ts'
import type { Named, WhoIsNamed } from '../seams.ts'

/** Where a policy may stand: `None` is where versions begin, and to put one there protects nothing. */
const STAGES = ['Staging', 'Production', 'Archived']
const LONGEST = { models: 256, alias: 255 }

/** The names of models, as it is kept. Throws INVALID_PARAMETER_VALUE for one that no model can match. */
export function checkModels(given: string): string {
  const stars = given.indexOf('*')
  const isPattern = given !== '' && (stars === -1 || stars === given.length - 1)
  if (!isPattern || /[/:\0]/.test(given) || !given.isWellFormed() || [...given].length > LONGEST.models) {
    throw invalid(
      `Invalid value ${JSON.stringify(given.slice(0, 300))} for parameter 'models': it must be a name of a model, or the beginning of names with '*' at its end.`,
    )
  }
  return given
}

/** The stage, in its own spelling, or the alias. Throws INVALID_PARAMETER_VALUE for another. */
export function checkValue(kind: 'stage' | 'alias', given: string): string {
  if (given === '*') return given
  if (kind === 'stage') {
    const stage = STAGES.find((known) => known.toLowerCase() === given.toLowerCase())
    if (stage !== undefined) return stage
    throw invalid(
      `Invalid value '${given.slice(0, 100)}' for parameter 'value'. A policy protects one of the stages ${STAGES.join(', ')}, or '*' for all of them.`,
    )
  }
  if (/^[\p{L}\p{N}_-]+$/u.test(given) && [...given].length <= LONGEST.alias) return given
  throw invalid(
    `Invalid value '${given.slice(0, 300)}' for parameter 'value': an alias has letters, digits, '_' and '-' only. '*' stands for all.`,
  )
}

export function checkExpiry(given: number): number {
  const { least, most } = APPROVAL_LIMITS.expiresMs
  if (Number.isSafeInteger(given) && given >= least && given <= most) return given
  throw invalid(
    `Invalid value ${given} for parameter 'expires_ms'. It must be between ${least} (1 hour) and ${most} (90 days).`,
  )
}

/** Whom a policy names, each once. Throws INVALID_PARAMETER_VALUE for what is not written as a name, and for too many. */
export function checkApprovers(given: readonly string[]): string[] {
  const wrong = given.find((name) => !/^(users|groups|roles)\/[^/\s][^/]{0,254}$/u.test(name))
  if (wrong !== undefined) {
    throw invalid(
      `Invalid value ${JSON.stringify(wrong.slice(0, 300))} in 'approvers'. Write users/<name>, groups/<name> or roles/<name>.`,
    )
  }
  const approvers = [...new Set(given)]
  if (approvers.length <= APPROVAL_LIMITS.approvers) return approvers
  throw invalid(
    `'approvers' has ${approvers.length} entries, at most ${APPROVAL_LIMITS.approvers} are allowed.`,
    'Name a group or a role instead.',
  )
}

/** Who is meant. Refuses names that nobody has: a request under such a policy would wait for nobody. */
export async function namedOf(
  { whoIsNamed }: { readonly whoIsNamed: WhoIsNamed },
  reads: Reads,
  { workspace }: Caller,
  approvers: readonly string[],
): Promise<readonly Named[]> {
  if (approvers.length === 0) return []
  const named = await whoIsNamed(reads, workspace.key, approvers)
  const known = new Set(named.map(({ name }) => name))
  const unknown = approvers.filter((name) => !known.has(name))
  if (unknown.length === 0) return named
  throw invalid(
    `Nobody is called ${unknown.map((name) => `'${name}'`).join(', ')} in workspace '${workspace.name}'.`,
    'Check the spelling of approvers.',
  )
}
