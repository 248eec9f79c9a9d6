import type { EventType } from '@orrery/base/contract'
import type { Selectable } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { LoggedEvent } from '../log.ts'

export type LogRow = Selectable<EventsTables['event_log']>

type Facts = Readonly<Record<string, unknown>>

/**
 * A row of the log as an event. What is JSON is parsed when it is first asked for: of a thousand events a second most
 * are only looked at by their type. Getters do not survive `{...event}`.
 */
class LoggedRow {
  readonly #row: LogRow
  #before: Facts | undefined
  #after: Facts | undefined
  #also: readonly string[] | undefined

  constructor(row: LogRow) {
    this.#row = row
  }

  get position(): number {
    return this.#row.position
  }
  get number(): number {
    return this.#row.number
  }
  get id(): string {
    return this.#row.event_id
  }
  get workspaceKey(): number {
    return this.#row.workspace_key
  }
  /** A log may hold types that this version no longer knows. */
  get type(): EventType {
    return this.#row.type as EventType
  }
  get subject(): string {
    return this.#row.subject
  }
  get audience(): string {
    return this.#row.audience
  }
  get on(): number | undefined {
    return this.#row.on_key ?? undefined
  }
  get actor(): string {
    return this.#row.actor
  }
  get credential(): string | null {
    return this.#row.credential
  }
  get reason(): string | null {
    return this.#row.reason
  }
  get requestId(): string {
    return this.#row.request_id
  }
  get address(): string {
    return this.#row.address
  }
  get at(): number {
    return this.#row.at
  }
  get hash(): string {
    return this.#row.hash
  }
  get before(): Facts | undefined {
    this.#before ??= parsed(this.#row.before)
    return this.#before
  }
  get after(): Facts | undefined {
    this.#after ??= parsed(this.#row.after)
    return this.#after
  }
  get also(): readonly string[] | undefined {
    this.#also ??= parsed(this.#row.also)
    return this.#also
  }
}

/** Getters leave no key out, so what is not there is `undefined` instead of missing. */
export function asLogged(row: LogRow): LoggedEvent {
  return new LoggedRow(row) as LoggedEvent
}

function parsed<T>(json: string | null): T | undefined {
  return json === null ? undefined : (JSON.parse(json) as T)
}

/** About how much memory a row takes while it is remembered. */
export function bytesOf({ before, after, also, subject }: LogRow): number {
  return 600 + 2 * ((before?.length ?? 0) + (after?.length ?? 0) + (also?.length ?? 0) + subject.length)
}
