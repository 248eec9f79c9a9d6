import { type Caller, type Clock, type IdSource, missing, Problem } from '@orrery/base/kernel'
import { type Database, type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { GrowingLog } from '../log/event-log.ts'
import type { LoggedEvent } from '../log.ts'
import { cloudEventJson } from '../shapes/cloud-event.ts'
import { STREAM_LIMITS, type StreamFrame, type Streams, type StreamWishes } from '../streams.ts'
import { LiveStream } from './live-stream.ts'
import { changesRights } from './rights-events.ts'
import { checkWishes, compileWishes } from './wishes.ts'
import { inParts, makePartsJoiner } from './wishes-in-parts.ts'

export interface StreamDeps {
  readonly db: Database
  readonly log: GrowingLog
  readonly clock: Clock
  readonly ids: IdSource
  /** Under which address people reach this server; without a last `/`. */
  readonly publicUrl: string
  /**
   * Learns what other servers have changed of accounts and rights, before callers are asked for again: word of an event
   * is quicker than their own look. Left out where there are no others.
   */
  readonly refresh?: (() => Promise<void>) | undefined
}

/** Streams, and what their loop does. */
export interface RunningStreams extends Streams {
  readonly count: number
  /** Each `STREAM_LIMITS.heartbeatMs`. */
  beat(): void
  /** Asks again for the callers that were not asked for in the last `STREAM_LIMITS.recheckMs`. */
  recheck(): void
  /** Ends all of them; none is opened any more. */
  stop(): void
}

const AT_ONCE = 1_000

const floorOf = statement('events.floor-position', (k: Kysely<EventsTables>, p: { workspace: number }) =>
  k.selectFrom('event_heads').select('floor_position as position').where('workspace_key', '=', p.workspace),
)

/**
 * Live streams of this server. One pump reads the log for all that are up to date; a stream that is behind reads by
 * itself until it is there. Callers are asked for again before anything is sent that happened after a change of rights.
 */
export function makeStreams({ db, log, clock, ids, publicUrl, refresh }: StreamDeps): RunningStreams {
  const streams = new Map<string, LiveStream>()
  const join = makePartsJoiner()
  let seen = log.durable
  let isPumping = false
  let lastRefresh: Promise<void> = Promise.resolve()
  let nextRefresh: Promise<void> | undefined
  let isOver = false

  let stopPump: (() => void) | undefined
  const stopListening = db.signals.listen('streams', (word) => {
    const change = join(word)
    if (change === undefined) return
    const stream = streams.get(change.stream)
    if (stream?.account === change.account) setWishes(stream, change.wishes)
  })

  /** Follows the log while there is anybody to tell. */
  function startPump(): void {
    if (stopPump !== undefined) return
    seen = Math.max(seen, log.durable)
    stopPump = log.onGrown(() => void pump())
  }

  async function pump(): Promise<void> {
    if (isPumping) return
    isPumping = true
    try {
      while (seen < log.durable && !isOver) {
        const target = log.durable
        const events = await log.after(seen, AT_ONCE)
        deliver(events, events.at(-1)?.position ?? target)
      }
      if (streams.size > 0) return
      stopPump?.()
      stopPump = undefined
    } catch {
      // The database does not answer: the next growth begins where this one stopped.
    } finally {
      isPumping = false
    }
  }

  function deliver(events: readonly LoggedEvent[], upTo: number): void {
    const frames = makeFrames()
    const isForAll = events.some(changesRights)
    const ofWorkspace = new Map<number, LoggedEvent[]>()
    for (const event of events) {
      const some = ofWorkspace.get(event.workspaceKey)
      if (some === undefined) ofWorkspace.set(event.workspaceKey, [event])
      else some.push(event)
    }
    seen = Math.max(seen, upTo)
    for (const stream of streams.values()) {
      if (stream.state !== 'live') continue
      const its = isForAll ? events : (ofWorkspace.get(stream.workspaceKey) ?? [])
      stream.offer(its, upTo, frames(stream))
      settle(stream)
    }
  }

  /** One text for all who get the event. */
  function makeFrames() {
    const made = new Map<number, StreamFrame>()
    return ({ caller }: LiveStream) =>
      (event: LoggedEvent): StreamFrame => {
        let frame = made.get(event.position)
        if (frame === undefined) {
          const json = cloudEventJson(event, { publicUrl, workspace: caller.workspace.name })
          frame = { kind: 'event', position: event.position, type: event.type, json }
          made.set(event.position, frame)
        }
        return frame
      }
  }

  function settle(stream: LiveStream): void {
    if (stream.state === 'over') streams.delete(stream.id)
    else if (stream.state === 'held') void ask(stream)
  }

  /** Reads what a stream has missed, until it is where the pump is. */
  async function catchUp(stream: LiveStream): Promise<void> {
    const frames = makeFrames()
    try {
      while (stream.state === 'behind') {
        if (stream.position >= seen) {
          stream.state = 'live'
          return
        }
        const target = seen
        const events = await log.after(stream.position, AT_ONCE)
        stream.offer(events, events.at(-1)?.position ?? target, frames(stream))
      }
    } catch {
      stream.end('failed')
    }
    settle(stream)
  }

  /** Streams that ask together share a refresh, which begins after each of them has asked. */
  function refreshed(learn: () => Promise<void>): Promise<void> {
    nextRefresh ??= lastRefresh.then(() => {
      nextRefresh = undefined
      const now = learn()
      lastRefresh = now.catch(() => {})
      return now
    })
    return nextRefresh
  }

  async function callerOf(stream: LiveStream): Promise<Caller | undefined> {
    try {
      if (refresh !== undefined) await refreshed(refresh)
      return await stream.callerNow()
    } catch {
      return undefined
    }
  }

  /** Asks who the caller is by now, and goes on or ends. */
  async function ask(stream: LiveStream): Promise<void> {
    const knownAt = log.durable
    stream.checkedAt = clock()
    const caller = await callerOf(stream)
    if (stream.state === 'over') return settle(stream)
    if (caller === undefined || accountOf(caller) !== stream.account) {
      stream.end('refused')
      return settle(stream)
    }
    stream.know(caller, knownAt)
    if (stream.state !== 'held') return
    stream.state = 'behind'
    await catchUp(stream)
  }

  function setWishes(stream: LiveStream, wishes: StreamWishes): void {
    stream.wished = compileWishes(wishes)
    stream.send([{ kind: 'wishes', position: stream.position }])
    settle(stream)
  }

  function mustHaveRoom(caller: Caller, account: string): void {
    if (isOver) throw new Problem('TEMPORARILY_UNAVAILABLE', 'The server is stopping.')
    if (streams.size >= STREAM_LIMITS.perServer) {
      throw tooMany(`The server has ${streams.size} live streams, and takes no more.`)
    }
    if (caller.principal.key === undefined) return
    let own = 0
    for (const stream of streams.values()) if (stream.account === account) own += 1
    if (own < STREAM_LIMITS.perAccount) return
    throw tooMany(`'${caller.principal.name}' has ${own} live streams in this workspace, and gets no more.`)
  }

  return {
    get count() {
      return streams.size
    },
    async open(caller, { after, wishes, callerNow, signal, outlet }) {
      checkWishes(wishes)
      const account = accountOf(caller)
      const knownAt = log.durable
      const start = await startOf(caller, after)
      mustHaveRoom(caller, account)
      if (signal.aborted) return
      const stream = new LiveStream({
        id: ids.hex32(),
        account,
        caller,
        callerNow,
        outlet,
        wished: compileWishes(wishes),
        position: start.position,
        knownAt,
        openedAt: clock(),
      })
      startPump()
      streams.set(stream.id, stream)
      signal.addEventListener('abort', () => {
        stream.drop()
        streams.delete(stream.id)
      })
      stream.send([{ kind: 'hello', stream: stream.id, position: start.position }])
      if (start.isGone) stream.send([{ kind: 'gone', position: start.position }])
      void catchUp(stream)
    },
    async replaceWishes(caller, { stream: id, wishes }) {
      checkWishes(wishes)
      const account = accountOf(caller)
      const stream = streams.get(id)
      if (stream?.account === account) return setWishes(stream, wishes)
      if (stream !== undefined || db.can.soleWriter) throw noStream(id)
      for (const word of inParts({ stream: id, account, wishes }, ids.hex32()))
        db.signals.tell('streams', word)
    },
    beat() {
      for (const stream of streams.values()) {
        stream.beat()
        settle(stream)
      }
    },
    recheck() {
      const before = clock() - STREAM_LIMITS.recheckMs
      for (const stream of streams.values()) if (stream.checkedAt <= before) void ask(stream)
    },
    stop() {
      isOver = true
      stopListening()
      stopPump?.()
      for (const stream of streams.values()) stream.end('stopped')
      streams.clear()
    },
  }

  /** A position that is not in the log yet may be another server's, which is ahead. */
  async function startOf(caller: Caller, after: number | undefined) {
    if (after === undefined) return { position: Math.max(seen, log.durable), isGone: false }
    if (after > log.durable && !db.can.soleWriter) await log.look()
    const floor = await floorPosition(db.read, caller.workspace.key)
    const oldest = Math.max(log.durable - STREAM_LIMITS.behind, floor)
    if (after >= oldest && after <= log.durable) return { position: after, isGone: false }
    return { position: log.durable, isGone: true }
  }
}

async function floorPosition(reads: Reads, workspace: number): Promise<number> {
  return (await reads.first(floorOf, { workspace }))?.position ?? 0
}

/** In one workspace: a stream is for that. */
function accountOf({ workspace, principal }: Caller): string {
  return `${workspace.key}/${principal.kind}/${principal.key ?? principal.name}`
}

function tooMany(sentence: string): Problem {
  return new Problem('REQUEST_LIMIT_EXCEEDED', sentence, {
    hint: 'One stream can hear a hundred filters: replace what it sends instead of opening another.',
    retryAfterSeconds: 5,
  })
}

function noStream(id: string): Problem {
  return missing(`No live stream with id ${id.slice(0, 100)}.`)
}
