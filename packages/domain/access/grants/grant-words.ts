import { invalid, LEVELS, type Level, PERMISSION_NAMES, type Permission, Problem } from '@orrery/base/kernel'
import type { NewGrant } from '../access.ts'
import { type GivenRight, GRANT_KINDS, GRANT_KINDS_NOT_YET, type Grant, type GrantKind } from '../grant.ts'

/** Kinds that name single things, by id or name. The others are given in the whole workspace only. */
const WITH_SINGLE_THINGS: readonly GrantKind[] = ['experiment', 'registered_model', 'prompt']

/** A tuple as Python writes it. */
const tuple = (words: readonly string[]) => `(${words.map((word) => `'${word}'`).join(', ')})`

const ALL_KINDS = [...GRANT_KINDS, ...GRANT_KINDS_NOT_YET].sort()

/** What MLflow calls a type of resource. Its sentences, in its order. */
export function parseGrantKind(given: string): Exclude<GrantKind, 'permission'> {
  const kind = GRANT_KINDS.find((known) => known === given)
  if (kind !== undefined) return kind
  if (GRANT_KINDS_NOT_YET.some((known) => known === given)) {
    throw new Problem(
      'NOT_IMPLEMENTED',
      `This server has nothing yet that a grant on '${given}' would be about.`,
    )
  }
  throw invalid(
    `Invalid resource type '${given.slice(0, 100)}'. Valid resource types are: ${tuple(ALL_KINDS)}`,
  )
}

/** What MLflow calls a permission: a level, or `DENY`, which denies READ and with it everything. */
export function parseGrantWord(
  given: string,
  kind: GrantKind,
): { right: { level: Level }; effect: Grant['effect'] } {
  const told = given.slice(0, 100)
  const words = [...LEVELS, 'NO_PERMISSIONS', 'DENY']
  if (!words.includes(given)) {
    throw invalid(`Invalid permission '${told}'. Valid permissions are: ${tuple(words)}`)
  }
  if (kind === 'workspace' && given !== 'USE' && given !== 'MANAGE') throw notOfWorkspaces(told)
  const level = LEVELS.find((known) => known === given)
  if (level !== undefined) return { right: { level }, effect: 'allow' }
  if (given === 'DENY') return { right: { level: 'READ' }, effect: 'deny' }
  throw invalid(
    `Invalid permission '${told}' for resource_type='${kind}'. Resource-level grants accept only: ${tuple(['DENY', 'EDIT', 'MANAGE', 'READ', 'USE'])}.`,
  )
}

/** The other way round. */
export function grantWord({ right, effect }: Pick<Grant, 'right' | 'effect'>): string {
  if (effect === 'deny') return 'DENY'
  return 'level' in right ? right.level : right.permission
}

function notOfWorkspaces(given: string): Problem {
  return invalid(
    `Invalid permission '${given}' for resource_type='workspace'. Workspace-wide grants accept only: ('MANAGE', 'USE').`,
  )
}

/** Refuses combinations that mean nothing, whoever gives them. */
export function checkNewGrant({ kind, pattern, right, effect }: NewGrant): void {
  if (pattern === '') throw invalid("'resource_pattern' is empty.", "Give an id, a name, or '*'.")
  if ('permission' in right !== (kind === 'permission')) {
    throw invalid(`A grant of kind '${kind}' takes a ${kind === 'permission' ? 'permission' : 'level'}.`)
  }
  if ('permission' in right) parseRolePermission(right.permission)
  if (pattern !== '*' && !WITH_SINGLE_THINGS.includes(kind)) {
    throw invalid(
      `Invalid resource_pattern '${pattern.slice(0, 100)}' for resource_type='${kind}'. This resource type supports only wildcard ('*') grants.`,
    )
  }
  if (kind === 'experiment' && !isCanonical(kind, pattern)) {
    throw invalid(
      `Invalid resource_pattern ${JSON.stringify(pattern.slice(0, 100))} for resource_type='experiment': the id of an experiment is a whole number without sign, spaces or zeros before it.`,
      "Give the id as the server writes it, such as '4', or '*'.",
    )
  }
  checkEffect(kind, right, effect)
  if (kind === 'prompt' && pattern === '*') {
    throw new Problem(
      'NOT_IMPLEMENTED',
      'Prompts are registered models here: there is no right on all of them alone.',
      {
        hint: "Give it on ('registered_model', '*'), or on each prompt.",
      },
    )
  }
}

/**
 * Whether a pattern is written as the server writes it: elsewhere MLflow reads ' 4' and '004' as 4, and a right that stands
 * in two spellings is one that people overlook.
 */
export const isCanonical = (kind: GrantKind, pattern: string) =>
  kind !== 'experiment' || pattern === '*' || /^(0|[1-9][0-9]*)$/.test(pattern)

function checkEffect(kind: GrantKind, right: GivenRight, effect: Grant['effect']): void {
  if (kind !== 'workspace' || !('level' in right)) return
  if (effect === 'deny') throw notOfWorkspaces('DENY')
  if (right.level !== 'USE' && right.level !== 'MANAGE') throw notOfWorkspaces(right.level)
}

/** @throws INVALID_PARAMETER_VALUE for what is no permission, with those there are */
export function parsePermission(given: string): Permission {
  const permission = PERMISSION_NAMES.find((known) => known === given)
  if (permission !== undefined) return permission
  throw invalid(`Unknown permission '${given.slice(0, 100)}'.`, `Known are: ${PERMISSION_NAMES.join(', ')}.`)
}

/** A permission that a custom role can give. */
export function parseRolePermission(given: string): Permission {
  const permission = parsePermission(given)
  if (permission !== 'server.manage') return permission
  throw invalid("'server.manage' is beyond workspaces: no role has it.", 'Make the user an administrator.')
}
