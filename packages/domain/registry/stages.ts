import { invalid } from '@orrery/base/kernel'

/** In MLflow's order, which its messages repeat. */
export const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const
export type Stage = (typeof STAGES)[number]

/** The stages in which a version is in use, and from which a transition may archive the others. */
export const ACTIVE_STAGES: readonly Stage[] = ['Staging', 'Production']

/** The stage of that name in any case. Throws MLflow's INVALID_PARAMETER_VALUE for another. */
export function parseStage(given: string): Stage {
  const stage = STAGES.find((known) => known.toLowerCase() === given.toLowerCase())
  if (stage !== undefined) return stage
  throw invalid(
    `Invalid Model Version stage: ${given.slice(0, 100)}. Value must be one of ${STAGES.join(', ')}.`,
  )
}
