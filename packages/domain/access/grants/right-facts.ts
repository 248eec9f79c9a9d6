import type { GivenRight, Grant, GrantKind } from '../grant.ts'

/** What events tell of a right. */
export function rightFacts(
  holder: string,
  {
    kind,
    pattern,
    right,
    effect,
  }: { kind: GrantKind; pattern: string; right: GivenRight; effect: Grant['effect'] },
) {
  return { holder, kind, pattern, right: 'level' in right ? right.level : right.permission, effect }
}
