import type { Permission } from './permissions.ts'
import { Problem } from './problem.ts'

/** A workspace as verbs see it: the internal key goes into every WHERE, the name into sentences. */
export interface Workspace {
  /** Internal 64-bit key, never reused. */
  readonly key: number
  readonly name: string
}

export interface Principal {
  readonly kind: 'user' | 'service' | 'system' | 'anonymous'
  readonly name: string
}

/** The kinds of things on which single grants may stand. */
export type ResourceKind = 'experiment' | 'model'

/** Which things of a kind a caller may read: a verb puts it into its WHERE and never filters after the query. */
export type Readable =
  | { readonly kind: 'all' }
  | { readonly kind: 'only'; readonly keys: readonly number[] }
  | { readonly kind: 'all-except'; readonly keys: readonly number[] }

/** Who asks, from where, in which workspace, and what they may do. The first argument of every verb. */
export interface Caller {
  readonly workspace: Workspace
  readonly principal: Principal
  readonly requestId: string
  /** Peer address, for events; empty inside the server itself. */
  readonly address: string
  /** Why, in the caller's own words (`X-Orrery-Reason`), if given. */
  readonly reason?: string
  may(permission: Permission): boolean
  readable(kind: ResourceKind): Readable
}

/** Refuses with PERMISSION_DENIED. Routes call it before decoding; verbs call it for what only they can know. */
export function must(caller: Caller, permission: Permission): void {
  if (caller.may(permission)) return
  throw new Problem(
    'PERMISSION_DENIED',
    `Permission denied: '${caller.principal.name}' lacks '${permission}' in workspace '${caller.workspace.name}'.`,
    { hint: 'Ask an owner of the workspace for a role that has it.' },
  )
}

/** Whether one thing is among what a caller may read. */
export function readableHas(readable: Readable, key: number): boolean {
  if (readable.kind === 'all') return true
  return readable.keys.includes(key) === (readable.kind === 'only')
}
