import { PERMISSIONS, type Permission, SOMEWHERE } from '@orrery/base/kernel'
import type { Profile } from '../profile.ts'
import { isAllowed, isDenied } from './build-profile.ts'

/** The one place where it is decided whether somebody may do something: a few looks into maps, 0.1 µs. */
export function decide(
  profile: Profile,
  permission: Permission,
  on: number | typeof SOMEWHERE | undefined,
): boolean {
  if (on === SOMEWHERE) return profile.somewhere.has(permission)
  if (on === undefined || profile.everything) return profile.everyThing.has(permission)
  const { on: kind, level } = PERMISSIONS[permission]
  if (kind === 'workspace') return profile.everyThing.has(permission)
  if (profile.deniedEverywhere.has(permission)) return false
  const thing = profile.things[kind].get(on)
  if (thing === undefined) return profile.everywhere.has(permission)
  if (isDenied(thing, level)) return false
  return profile.everywhere.has(permission) || isAllowed(thing, level)
}
