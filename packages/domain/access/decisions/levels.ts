import {
  LEVELS,
  type Level,
  PERMISSION_NAMES,
  PERMISSIONS,
  type Permission,
  type PermissionKind,
  type ResourceKind,
} from '@orrery/base/kernel'
import type { GrantKind } from '../grant.ts'

type Tier = Exclude<GrantKind, 'workspace' | 'permission'>

/** What a level on a kind is about. */
const FAMILIES: Readonly<Record<Tier, readonly PermissionKind[]>> = {
  experiment: ['experiment', 'run', 'artifact', 'trace'],
  registered_model: ['model'],
  prompt: ['model'],
  run: ['run'],
  trace: ['trace'],
}

/** What grants call things of a kind, the usual word first; models may also be granted as prompts. */
const GRANT_KINDS_OF = {
  experiment: ['experiment'],
  model: ['registered_model', 'prompt'],
} as const satisfies Record<ResourceKind, readonly [GrantKind, ...GrantKind[]]>

/** The kind of thing whose keys a grant's target holds; runs and traces take no single things. */
const TARGETS: Readonly<Partial<Record<GrantKind, ResourceKind>>> = Object.fromEntries(
  (Object.keys(GRANT_KINDS_OF) as ResourceKind[]).flatMap((resource) =>
    GRANT_KINDS_OF[resource].map((kind) => [kind, resource]),
  ),
)

/** What a member of a workspace has who was given USE of it. */
const OF_MEMBERS: readonly Permission[] = PERMISSION_NAMES.filter((name) => {
  const { kind, level } = PERMISSIONS[name]
  if (name === 'workspace.read' || name === 'experiment.create' || name === 'model.create') return true
  return level === 'READ' && (FAMILIES.experiment.includes(kind) || kind === 'model')
})

/** Everything that can be had in a workspace; what is beyond workspaces comes with `is_admin` only. */
export const ALL_OF_WORKSPACE: readonly Permission[] = PERMISSION_NAMES.filter(
  (name) => name !== 'server.manage',
)

export const rankOf = (level: Level) => LEVELS.indexOf(level)

export const targetKindOf = (kind: GrantKind): ResourceKind | undefined => TARGETS[kind]

/** The other way round, the usual word first. */
export const grantKindsOf = (resource: ResourceKind): readonly [GrantKind, ...GrantKind[]] =>
  GRANT_KINDS_OF[resource]

/** Every permission that a level on a kind can give: on single things those that are decided on them. */
export function familyOf(kind: GrantKind, single: boolean): readonly Permission[] {
  return single ? ON_ONE[kind]! : ON_ALL[kind]!
}

/** What a level on all things of a kind (or on one) gives, or takes where it is denied: that level and those above. */
export function permissionsOf(
  kind: GrantKind,
  level: Level,
  effect: 'allow' | 'deny',
  single: boolean,
): readonly Permission[] {
  return (single ? BY_LEVEL_ON_ONE : BY_LEVEL_ON_ALL)[effect][kind]?.[level] ?? []
}

type Families = Readonly<Partial<Record<GrantKind, readonly Permission[]>>>

const tiers = Object.keys(FAMILIES) as Tier[]

const ON_ALL: Families = {
  workspace: ALL_OF_WORKSPACE,
  permission: [],
  ...Object.fromEntries(
    tiers.map((tier) => [
      tier,
      PERMISSION_NAMES.filter((name) => FAMILIES[tier].includes(PERMISSIONS[name].kind)),
    ]),
  ),
}

const ON_ONE: Families = {
  workspace: [],
  permission: [],
  ...Object.fromEntries(
    tiers.map((tier) => [tier, ON_ALL[tier]!.filter((name) => PERMISSIONS[name].on === TARGETS[tier])]),
  ),
}

type ByLevel = Readonly<Partial<Record<GrantKind, Readonly<Record<Level, readonly Permission[]>>>>>

const BY_LEVEL_ON_ALL = { allow: byLevel(ON_ALL, 'allow'), deny: byLevel(ON_ALL, 'deny') }
const BY_LEVEL_ON_ONE = { allow: byLevel(ON_ONE, 'allow'), deny: byLevel(ON_ONE, 'deny') }

function byLevel(families: Families, effect: 'allow' | 'deny'): ByLevel {
  const rows = (Object.keys(families) as GrantKind[]).map((kind) => [
    kind,
    Object.fromEntries(LEVELS.map((level) => [level, reached(kind, families[kind]!, level, effect)])),
  ])
  return Object.fromEntries(rows)
}

function reached(
  kind: GrantKind,
  family: readonly Permission[],
  level: Level,
  effect: 'allow' | 'deny',
): readonly Permission[] {
  if (kind === 'workspace') {
    // MLflow takes USE and MANAGE of workspaces only, and never denies them.
    if (effect === 'deny' || family.length === 0) return []
    return level === 'MANAGE' ? ALL_OF_WORKSPACE : level === 'READ' ? [] : OF_MEMBERS
  }
  return family.filter((name) => {
    const rank = rankOf(PERMISSIONS[name].level)
    return effect === 'allow' ? rank <= rankOf(level) : rank >= rankOf(level)
  })
}
