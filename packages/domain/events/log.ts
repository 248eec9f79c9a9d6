import type { Caller, ResourceKind } from '@orrery/base/kernel'
import type { Reads, Tx } from '@orrery/drivers/db'
import type { Event } from './event.ts'
import type { LogRow } from './log/logged-row.ts'

/** An event as it stands in the log: durable, in its place, and chained to the one before it. */
export interface LoggedEvent extends Event {
  /** Place in the log of the whole server, from 1: the cursor of every reader. Later events have higher ones. */
  readonly position: number
  /** Place among the events of its workspace, from 1, without gaps. */
  readonly number: number
  readonly id: string
  readonly workspaceKey: number
  readonly audience: string
  readonly actor: string
  readonly credential: string | null
  readonly reason: string | null
  readonly requestId: string
  readonly address: string
  /** Milliseconds since the epoch, at the time of the change. */
  readonly at: number
  /** Lower-case hex. */
  readonly hash: string
}

/** The end of a workspace's chain. */
export interface Head {
  readonly workspaceKey: number
  readonly number: number
  readonly position: number
  readonly hash: string
}

/** What retention has left of the beginning of a workspace's chain. */
export interface Floor extends Head {
  readonly raisedAt: number | null
}

/** Brings events into the log. One object per server; two servers on one database take turns. */
export interface Sequencer {
  /** There may be events in the outbox. Returns at once. Called after every COMMIT that wrote there. */
  wake(): void
  /**
   * Writes an event into the log with the COMMIT of `tx`, past the outbox. @returns false where others write too, and
   * after `stop`: then it is not taken
   */
  take(tx: Tx, row: LogRow): boolean
  /** Resolves when everything committed before the call is in the log and durable. For tests, export and `stop`. */
  settle(): Promise<void>
  stop(): Promise<void>
}

/** The log for those who follow it. */
export interface EventLog {
  /** Up to here the log would survive power loss: no reader looks beyond. Set before the first request. */
  readonly durable: number

  /** Calls back, at most once per turn of the loop, when `durable` has grown. @returns stops it */
  onGrown(grown: () => void): () => void

  /** Events after a position up to `durable`, oldest first; at most 1,000. Read once for all who follow closely. */
  after(position: number, limit: number): Promise<readonly LoggedEvent[]>
}

/** The log for those who ask. All run in a scan, and see nothing beyond `durable`. */
export interface LogQueries {
  /**
   * Newest first. Every field narrows; `readableTo` left out: everything, which is for the audit log. A question that has no
   * index of its own looks at 10,000 events and then gives what it has found, be it nothing, with the place to go on.
   */
  search(reads: Reads, query: LogQuery): Promise<LogPage>

  /** As `search`, with rows as they are stored. */
  rows(reads: Reads, query: LogQuery): Promise<LogRowPage>

  /**
   * Everything that a subject's story has, oldest first: its own events, those of what lies below it, those that mention
   * it, under each of its names (`model.renamed` is followed backwards).
   */
  story(reads: Reads, query: StoryQuery): Promise<StoryPage>

  /** Rows as they are stored, in order of position, of one workspace or of all. */
  walk(reads: Reads, query: WalkQuery): Promise<LogWalk>

  /** Those of a page of `walk` that are found under other subjects than they name: stories look there, the chain not. */
  misplaced(
    reads: Reads,
    rows: readonly LogRow[],
    workspaceKey: number | undefined,
  ): Promise<readonly LogRow[]>

  heads(reads: Reads): Promise<readonly LogHead[]>

  /** The last event of a workspace up to a position. */
  lastUpTo(reads: Reads, workspaceKey: number, position: number): Promise<LogRow | undefined>

  /** The last position that is taken. */
  lastPosition(reads: Reads): Promise<number>
}

export interface LogQuery {
  readonly workspaceKey: number
  readonly durable: number
  /** Exactly, or everything below it where it ends in `/`. */
  readonly subject?: string | undefined
  readonly actor?: string | undefined
  /** Types of the catalogue, without wildcards: `typesOf`. */
  readonly types?: readonly string[] | undefined
  /** Milliseconds since the epoch, both inclusive. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly requestId?: string | undefined
  /** `next` of the page before. */
  readonly before?: LogPlace | undefined
  readonly limit: number
  readonly readableTo?: Caller | undefined
  /** Then `before` is where to go on all the same. */
  readonly oldestFirst?: boolean | undefined
}

/** Where a page ended. Good for the same question only. */
export interface LogPlace {
  /** By which index the question is answered; the same on all its pages. */
  readonly plan: 'index' | 'time'
  readonly at: number
  readonly position: number
}

export interface LogPage {
  readonly events: readonly LoggedEvent[]
  /** Left out where there is nothing more. */
  readonly next?: LogPlace
}

export interface LogRowPage {
  readonly rows: readonly LogRow[]
  readonly next?: LogPlace
}

export interface StoryQuery {
  readonly workspaceKey: number
  readonly durable: number
  readonly subject: string
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: number | undefined
  readonly readableTo?: Caller | undefined
}

export interface StoryPage {
  readonly events: readonly {
    readonly event: LoggedEvent
    /** 1 for the first thing that had the name, 2 for the one after it was deleted, … */
    readonly life: number
  }[]
  readonly next?: number
}

export interface WalkQuery {
  /** Position behind which to begin, and the last to look at. */
  readonly after: number
  readonly through: number
  /** Left out: all. */
  readonly workspaceKey?: number
}

export interface LogWalk {
  /** At most 1,000. */
  readonly rows: readonly LogRow[]
  /** Up to here everything was looked at: the next `after`. */
  readonly to: number
}

export type LogHead = Head & { readonly floor: Floor }

/** The beginning of a workspace's log that may be taken away at once: a slice of it. */
export interface LogPrefix {
  readonly workspaceKey: number
  readonly positions: readonly number[]
  /** The last of them, which becomes the floor. */
  readonly last: Head
}

/** Takes the beginning of a workspace's log away. */
export interface TrimLog {
  /**
   * The last position that nobody reads any more: before the first that an active subscription has still to see or to
   * deliver.
   */
  bound(reads: Reads, workspaceKey: number): Promise<number>

  /** The last position up to which every event of a workspace is from before a time. Scans. */
  olderThan(reads: Reads, workspaceKey: number, time: number): Promise<number>

  /**
   * The position of the first event that a subject's story needs: its own, of what is below it, that mention it, and, with
   * `on`, of what is decided on that experiment or model. Undefined where there is none. Scans.
   */
  firstAbout(
    reads: Reads,
    workspaceKey: number,
    about: { readonly subject: string; readonly on?: { readonly kind: ResourceKind; readonly key: number } },
  ): Promise<number | undefined>

  /** How many events of a workspace there are up to a position. Scans. */
  count(reads: Reads, workspaceKey: number, through: number): Promise<number>

  /** The first events of a workspace up to a position, at most `limit`; undefined where there are none. Scans. */
  prefix(reads: Reads, workspaceKey: number, through: number, limit: number): Promise<LogPrefix | undefined>

  /** Removes a slice and raises the floor to its last event. @returns how many went; 0 where others were faster */
  raiseFloor(tx: Tx, prefix: LogPrefix, at: number): Promise<number>
}
