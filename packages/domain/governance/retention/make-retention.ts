import type { Retention } from '../retention.ts'
import { makeDryRun } from './dry-run.ts'
import { makeRetentionRules } from './rules.ts'
import { makeRunRules, type RunRules } from './run-rules.ts'

export type RetentionWork = Omit<RunRules, 'run'>

/** The verbs of retention, and its work in the background. */
export function makeRetention(deps: Parameters<typeof makeRunRules>[0] & Parameters<typeof makeDryRun>[0]): {
  readonly verbs: Retention
  readonly work: RetentionWork
} {
  const { run, ...work } = makeRunRules(deps)
  return { verbs: { ...makeRetentionRules(deps), dryRun: makeDryRun(deps), run }, work }
}
