import type { Caller } from '@orrery/base/kernel'
import { type Hearing, makeHearing } from '../log/may-hear.ts'
import type { LoggedEvent } from '../log.ts'
import { STREAM_LIMITS, type StreamEnd, type StreamFrame, type StreamOutlet } from '../streams.ts'
import { changesRights, kindOfNew } from './rights-events.ts'
import type { Wished } from './wishes.ts'

/** `live`: takes what comes. `behind`: reads what it has missed. `held`: waits to hear what its caller may do now. */
export type StreamState = 'live' | 'behind' | 'held' | 'over'

export interface StreamStart {
  readonly id: string
  readonly account: string
  readonly caller: Caller
  readonly callerNow: () => Promise<Caller | undefined>
  readonly outlet: StreamOutlet
  readonly wished: Wished
  readonly position: number
  /** The log reached so far when the caller was found. */
  readonly knownAt: number
  readonly openedAt: number
}

/** One client's stream: what it has been sent, and what it may be. */
export class LiveStream {
  readonly id: string
  readonly account: string
  readonly workspaceKey: number
  readonly callerNow: () => Promise<Caller | undefined>
  state: StreamState = 'behind'
  /** Every event up to here was sent or is none of its business. */
  position: number
  wished: Wished
  /** When its caller was last asked for, ms. */
  checkedAt: number
  readonly #outlet: StreamOutlet
  #caller: Caller
  #hears: Hearing
  /** What happened up to here, its caller's rights know of. */
  #knownAt: number
  #told: number
  #isQuiet = true

  constructor(start: StreamStart) {
    this.id = start.id
    this.account = start.account
    this.workspaceKey = start.caller.workspace.key
    this.callerNow = start.callerNow
    this.position = start.position
    this.wished = start.wished
    this.checkedAt = start.openedAt
    this.#outlet = start.outlet
    this.#caller = start.caller
    this.#hears = makeHearing(start.caller)
    this.#knownAt = start.knownAt
    this.#told = start.position
  }

  get caller(): Caller {
    return this.#caller
  }

  /** Of two answers the one that was asked for later holds. @param knownAt how far the log had come then */
  know(caller: Caller, knownAt: number): void {
    if (knownAt < this.#knownAt) return
    this.#caller = caller
    this.#hears = makeHearing(caller)
    this.#knownAt = knownAt
  }

  /**
   * Sends of these events what the caller may see and wishes for. Stops before one after which their rights may be
   * others, and is `held` then.
   *
   * @param events of all workspaces, oldest first; those it has had are passed by
   * @param upTo everything up to here is among them
   */
  offer(events: readonly LoggedEvent[], upTo: number, frameOf: (event: LoggedEvent) => StreamFrame): void {
    if (this.state === 'over' || this.state === 'held') return
    const frames: StreamFrame[] = []
    let through = upTo
    for (const event of events) {
      if (event.position <= this.position) continue
      if (event.position > this.#knownAt && this.#concerns(event)) {
        this.state = 'held'
        through = event.position - 1
        break
      }
      if (event.workspaceKey !== this.workspaceKey || !this.#hears(event) || !this.wished(event)) continue
      frames.push(frameOf(event))
    }
    this.position = Math.max(this.position, through)
    if (frames.length > 0) this.send(frames)
  }

  send(frames: readonly StreamFrame[]): void {
    if (this.state === 'over') return
    this.#outlet.send(frames)
    this.#told = frames.at(-1)!.position
    this.#isQuiet = false
    if (this.#outlet.waiting() > STREAM_LIMITS.waitingBytes) this.end('slow')
  }

  /** Tells where it is, if nothing was sent since the last beat: connections that say nothing are cut on the way. */
  beat(): void {
    if (this.#isQuiet) this.send([{ kind: 'position', position: Math.max(this.position, this.#told) }])
    this.#isQuiet = true
  }

  end(because: StreamEnd): void {
    if (this.state === 'over') return
    this.state = 'over'
    this.#outlet.end(because)
  }

  /** The client has gone. */
  drop(): void {
    this.state = 'over'
  }

  #concerns(event: LoggedEvent): boolean {
    if (changesRights(event)) return true
    const kind = kindOfNew(event)
    if (kind === undefined || event.workspaceKey !== this.workspaceKey) return false
    return this.#caller.readable(kind).kind === 'only'
  }
}
