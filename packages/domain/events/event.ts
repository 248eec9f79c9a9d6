import type { Caller } from '@orrery/base/kernel'

/** Something that happened in a workspace: one per call, written with the change or not at all. */
export interface Event {
  /** `noun.verb-in-the-past`, e.g. `run.created`. */
  readonly type: string
  /** What it happened to, as a path below the workspace: `runs/<id>`, `experiments/<id>`, … */
  readonly subject: string
  /** The fields that changed, as they were and as they are. Left out where there is nothing to tell. */
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

/** An event as it stands in the outbox. */
export interface StoredEvent extends Event {
  /** Order of writing; readers keep it as their cursor. */
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
