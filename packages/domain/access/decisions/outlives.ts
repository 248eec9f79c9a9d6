import { Problem, type Workspace } from '@orrery/base/kernel'
import type { Profile } from '../profile.ts'

/** Whether a token lives longer than a workspace allows. @param lifeMs its whole life; undefined: nothing limits it */
export const outlives = (lifeMs: number | undefined, { maxTokenLifeMs }: Profile) =>
  lifeMs !== undefined && lifeMs > maxTokenLifeMs

/** What `mustNotOutlive` throws: a token of all workspaces may be good in others. */
export class Outlives extends Problem {}

/**
 * Refuses a token that lives longer than a workspace allows, whenever it was made and wherever: an owner who shortens the
 * lives of tokens has shortened those there are.
 *
 * @throws Outlives
 */
export function mustNotOutlive(
  lifeMs: number | undefined,
  profile: Profile,
  { name }: Pick<Workspace, 'name'>,
): void {
  if (!outlives(lifeMs, profile)) return
  throw new Outlives(
    'PERMISSION_DENIED',
    `The workspace '${name}' takes tokens of a life of at most ${lifeInWords(profile.maxTokenLifeMs)}, and this one was made for ${lifeInWords(lifeMs!)}.`,
    { hint: `Make a token of a shorter life (life_ms of at most ${profile.maxTokenLifeMs}).` },
  )
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** How long a token lives, in the largest unit of which it is a whole number. */
export function lifeInWords(ms: number): string {
  for (const [unit, size] of UNITS) {
    const count = ms / size
    if (Number.isInteger(count)) return `${count} ${unit}${count === 1 ? '' : 's'}`
  }
  return `${ms} milliseconds`
}
