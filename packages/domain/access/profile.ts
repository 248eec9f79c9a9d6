import type { Level, Permission, Readable, ResourceKind } from '@orrery/base/kernel'

/**
 * What an account may do in one workspace, resolved once from its roles and grants, and its groups', and remembered until
 * one of them changes. `callerOf` puts a request around it; deciding is a look into these maps.
 *
 * A thing's permission `p` is allowed where
 *   everything is (administrators, owners), or
 *   not `deniedEverywhere.has(p)`, and not denied on the thing at `p.level` or below, and
 *   `everywhere.has(p)` or allowed on the thing at `p.level` or above.
 */
export interface Profile {
  readonly principalKey: number
  readonly workspaceKey: number
  /** Any role or grant makes a member; without, the workspace does not exist for them. */
  readonly isMember: boolean
  /** The longest life that a token may have here, in milliseconds: one that lives longer is refused. */
  readonly maxTokenLifeMs: number
  /** Administrators and owners: nothing restricts them. */
  readonly everything: boolean
  /** What roles and grants on `*` give. */
  readonly everywhere: ReadonlySet<Permission>
  readonly deniedEverywhere: ReadonlySet<Permission>
  /** What single grants say, by the thing's key; the highest allowed and the lowest denied level of all holders. */
  readonly things: Readonly<Record<ResourceKind, ReadonlyMap<number, ThingRight>>>
  /** What may be done to at least one thing, as far as the rows tell: the answer to "somewhere". */
  readonly somewhere: ReadonlySet<Permission>
  /** What may be done to every thing: `everywhere` without what is denied, be it on one thing. */
  readonly everyThing: ReadonlySet<Permission>
  /** Made from the rest, once: `caller.readable(kind)` hands out the same object each time. */
  readonly readable: Readonly<Record<ResourceKind, Readable>>
}

export interface ThingRight {
  readonly allowed: Level | undefined
  readonly denied: Level | undefined
}
