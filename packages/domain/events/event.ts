import type { EventType } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'

/** Something that happened in a workspace: one per call, written with the change or not at all. */
export interface Event {
  /** `noun.verb-in-the-past`, e.g. `run.created`; a row of the catalogue in `base/contract`. */
  readonly type: EventType
  /** What it happened to, as a path below the workspace: `runs/<id>`, `experiments/<id>`, … */
  readonly subject: string
  /**
   * Internal key of the experiment or model on which it is decided who may see the event. Given wherever the catalogue's
   * `audience` is one of the two; without it only readers of the audit log see the event.
   */
  readonly on?: number
  /** Other subjects whose story the event belongs to: the version that an alias was set to, the run it came from. */
  readonly also?: readonly string[]
  /** The fields that changed, as they were and as they are. Left out where there is nothing to tell. */
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

/** An event as it was written, wherever it stands by now. */
export interface StoredEvent extends Event {
  /** Counts from 1. */
  readonly seq: number
  readonly id: string
  readonly workspaceKey: number
  readonly actor: string
  readonly reason: string | null
  readonly requestId: string
  readonly address: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Who stands behind an event, in the form that audit keeps: `user:alice`, `system:server`. */
export function actorOf(caller: Caller): string {
  return `${caller.principal.kind}:${caller.principal.name}`
}

/** By what they were recognised, in the form that audit keeps: `personal:17`, `session:4`, `password`. */
export function credentialOf({ credential }: Caller): string | null {
  if (credential === undefined) return null
  return credential.key === undefined ? credential.kind : `${credential.kind}:${credential.key}`
}
