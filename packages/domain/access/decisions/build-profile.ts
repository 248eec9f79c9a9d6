import {
  BRINGS,
  type Level,
  PERMISSION_NAMES,
  PERMISSIONS,
  type Permission,
  type Readable,
  type ResourceKind,
  ROLES,
} from '@orrery/base/kernel'
import { LIMITS } from '../limits.ts'
import type { Profile, ThingRight } from '../profile.ts'
import { ALL_OF_WORKSPACE, permissionsOf, rankOf, targetKindOf } from './levels.ts'
import type { HeldGrant, HeldRole, Rights } from './load-rights.ts'

const NOTHING: ReadonlySet<Permission> = new Set()
const OWNERS: ReadonlySet<Permission> = new Set(ALL_OF_WORKSPACE)
const ADMINISTRATORS: ReadonlySet<Permission> = new Set(PERMISSION_NAMES)
const NO_THINGS: ReadonlyMap<number, ThingRight> = new Map()
const ALL: Readable = { kind: 'all' }
const NONE: Readable = { kind: 'only', keys: [] }

/** Of these there can be one for each account and name that somebody tries: they share what they have not. */
const STRANGER = {
  everywhere: NOTHING,
  deniedEverywhere: NOTHING,
  things: { experiment: NO_THINGS, model: NO_THINGS },
  somewhere: NOTHING,
  everyThing: NOTHING,
  readable: { experiment: NONE, model: NONE },
} as const

/** What a role gives by itself; of a custom one everything is in its grants. */
export function permissionsOfRole({
  name,
  builtIn,
}: Pick<HeldRole, 'name' | 'builtIn'>): readonly Permission[] {
  return builtIn === 1 && Object.hasOwn(ROLES, name) ? ROLES[name as keyof typeof ROLES].permissions : []
}

/** Whether the right makes an owner of the workspace. */
export const makesOwner = {
  role: ({ name, builtIn }: Pick<HeldRole, 'name' | 'builtIn'>) => builtIn === 1 && name === 'owner',
  grant: ({ kind, level, effect }: Pick<HeldGrant, 'kind' | 'level' | 'effect'>) =>
    kind === 'workspace' && level === 'MANAGE' && effect === 'allow',
}

/** What a grant says of permissions: of all things where its target is 0, else of that thing. */
export function permissionsOfGrant({
  kind,
  target,
  level,
  permission,
  effect,
}: HeldGrant): readonly Permission[] {
  // An administrator is made by `setAdmin`; no row of a workspace reaches beyond it.
  if (permission === 'server.manage') return []
  if (permission !== '') return [permission, ...(BRINGS[permission] ?? [])]
  return level === '' ? [] : permissionsOf(kind, level, effect, target !== 0)
}

export function buildProfile(rights: Rights): Profile {
  const { principalKey, workspaceKey, isAdmin, roles, grants } = rights
  const maxTokenLifeMs = rights.maxTokenLifeMs ?? LIMITS.maxTokenLifeMs
  const isMember = isAdmin || roles.length > 0 || grants.length > 0
  const everything = isAdmin || roles.some(makesOwner.role) || grants.some(makesOwner.grant)
  const who = { principalKey, workspaceKey, maxTokenLifeMs, isMember, everything }
  if (everything) {
    const may = isAdmin ? ADMINISTRATORS : OWNERS
    return {
      ...who,
      everywhere: may,
      deniedEverywhere: NOTHING,
      things: { experiment: NO_THINGS, model: NO_THINGS },
      somewhere: may,
      everyThing: may,
      readable: { experiment: ALL, model: ALL },
    }
  }
  if (!isMember) return { ...who, ...STRANGER }
  const everywhere = new Set(roles.flatMap(permissionsOfRole))
  const deniedEverywhere = new Set<Permission>()
  const things = { experiment: new Map<number, Mutable>(), model: new Map<number, Mutable>() }
  for (const grant of grants) {
    if (grant.target === 0) {
      const to = grant.effect === 'allow' ? everywhere : deniedEverywhere
      for (const permission of permissionsOfGrant(grant)) to.add(permission)
      continue
    }
    const kind = targetKindOf(grant.kind)
    if (kind === undefined || grant.level === '') continue
    addTo(things[kind], grant.target, grant.level, grant.effect)
  }
  return {
    ...who,
    everywhere,
    deniedEverywhere,
    things,
    ...summarise(everywhere, deniedEverywhere, things),
    readable: {
      experiment: readableOf('experiment.read', everywhere, deniedEverywhere, things.experiment),
      model: readableOf('model.read', everywhere, deniedEverywhere, things.model),
    },
  }
}

type Mutable = { -readonly [Key in keyof ThingRight]: ThingRight[Key] }

function addTo(things: Map<number, Mutable>, key: number, level: Level, effect: 'allow' | 'deny'): void {
  let thing = things.get(key)
  if (thing === undefined) {
    thing = { allowed: undefined, denied: undefined }
    things.set(key, thing)
  }
  if (effect === 'allow') {
    if (thing.allowed === undefined || rankOf(level) > rankOf(thing.allowed)) thing.allowed = level
  } else if (thing.denied === undefined || rankOf(level) < rankOf(thing.denied)) thing.denied = level
}

/** Whether the single grants on a thing forbid what needs that level. */
export const isDenied = ({ denied }: ThingRight, level: Level) =>
  denied !== undefined && rankOf(denied) <= rankOf(level)

/** Whether the single grants on a thing give what needs that level, if nothing forbids it. */
export const isAllowed = ({ allowed }: ThingRight, level: Level) =>
  allowed !== undefined && rankOf(allowed) >= rankOf(level)

/** The answers to "to at least one thing" and "to every thing", for all permissions at once. */
function summarise(
  everywhere: ReadonlySet<Permission>,
  deniedEverywhere: ReadonlySet<Permission>,
  things: Readonly<Record<ResourceKind, ReadonlyMap<number, ThingRight>>>,
): Pick<Profile, 'somewhere' | 'everyThing'> {
  const somewhere = new Set<Permission>()
  const everyThing = new Set<Permission>()
  const different = { experiment: differentOf(things.experiment), model: differentOf(things.model) }
  for (const permission of PERMISSION_NAMES) {
    if (deniedEverywhere.has(permission)) continue
    const { on, level } = PERMISSIONS[permission]
    const ofKind = on === 'workspace' ? [] : different[on]
    if (everywhere.has(permission)) {
      somewhere.add(permission)
      if (!ofKind.some((thing) => isDenied(thing, level))) everyThing.add(permission)
    } else if (ofKind.some((thing) => isAllowed(thing, level) && !isDenied(thing, level))) {
      somewhere.add(permission)
    }
  }
  return { somewhere, everyThing }
}

/** Of thousands of things at most 24 differ in what is said of them. */
function differentOf(things: ReadonlyMap<number, ThingRight>): ThingRight[] {
  const seen = new Map<string, ThingRight>()
  for (const thing of things.values()) seen.set(`${thing.allowed} ${thing.denied}`, thing)
  return [...seen.values()]
}

function readableOf(
  permission: Permission,
  everywhere: ReadonlySet<Permission>,
  deniedEverywhere: ReadonlySet<Permission>,
  things: ReadonlyMap<number, ThingRight>,
): Readable {
  if (deniedEverywhere.has(permission)) return NONE
  const { level } = PERMISSIONS[permission]
  const keysWhere = (wanted: (thing: ThingRight) => boolean) =>
    Array.from(things)
      .filter(([, thing]) => wanted(thing))
      .map(([key]) => key)
      .sort((a, b) => a - b)
  if (!everywhere.has(permission)) {
    return {
      kind: 'only',
      keys: keysWhere((thing) => isAllowed(thing, level) && !isDenied(thing, level)),
    }
  }
  const keys = keysWhere((thing) => isDenied(thing, level))
  return keys.length === 0 ? ALL : { kind: 'all-except', keys }
}
