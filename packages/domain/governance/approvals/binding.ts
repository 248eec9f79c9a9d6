import type { Change, Placed } from '@orrery/base/kernel'
import type { ApprovalPolicy } from '../approvals.ts'

type Protection = Pick<ApprovalPolicy, 'models' | 'kind' | 'value'>

/** A stage or an alias of a model: something that a policy may protect. */
interface Point {
  readonly name: string
  readonly kind: 'stage' | 'alias'
  readonly value: string
}

/** Where every version begins; a policy protects where somebody put one. */
const NO_STAGE = 'None'
const ARCHIVED = 'Archived'

/** The policies that bind a change: those that protect something which it moves, sets, takes away or brings. */
export function bindingPolicies<Policy extends Protection>(
  policies: readonly Policy[],
  change: Change,
): Policy[] {
  if (policies.length === 0) return []
  const points = pointsOf(change)
  return policies.filter((policy) => points.some((point) => protects(policy, point)))
}

function pointsOf(change: Change): Point[] {
  switch (change.kind) {
    case 'stage': {
      const { name, from, to, archived } = change
      const stages = from === to ? [] : [from, to]
      // The others leave the stage that this one comes to.
      if (archived.length > 0) stages.push(to, ARCHIVED)
      return stages.map((value) => ({ name, kind: 'stage', value }))
    }
    case 'alias':
      return [{ name: change.name, kind: 'alias', value: change.alias }]
    case 'delete-version':
      return placesOf(change.name, [change.placed])
    case 'delete-model':
    case 'import':
      return placesOf(change.name, change.placed)
    case 'rename-model':
      return [...placesOf(change.name, change.placed), ...placesOf(change.newName, change.placed)]
    default:
      return []
  }
}

function placesOf(name: string, placed: readonly Placed[]): Point[] {
  return placed.flatMap(({ stage, aliases }): Point[] => [
    { name, kind: 'stage', value: stage },
    ...aliases.map((value) => ({ name, kind: 'alias' as const, value })),
  ])
}

function protects({ models, kind, value }: Protection, point: Point): boolean {
  if (kind !== point.kind || !matches(models, point.name)) return false
  if (kind === 'stage' && point.value === NO_STAGE) return false
  return value === '*' || value === point.value
}

/** Names hold no `*` at their end that would be meant: a policy for exactly such a name is also one for longer ones. */
function matches(models: string, name: string): boolean {
  return models.endsWith('*') ? name.startsWith(models.slice(0, -1)) : name === models
}
