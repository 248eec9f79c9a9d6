import type { Clock } from '@orrery/base/kernel'
import type { EventLog, LoggedEvent } from '../log.ts'
import type { Result } from './item.ts'
import type { Line } from './line.ts'
import { LineIndex } from './line-index.ts'

export interface FeedDeps {
  readonly log: EventLog
  readonly clock: Clock
  readonly offered: (line: Line, result: Result | undefined) => void
  /** There is something to send. */
  readonly wake: () => void
  /** Hears what could not be read. @returns when to try again */
  readonly onFailure: (error: unknown) => Promise<void>
}

const AT_ONCE = 1_000
/** At the start, lines that are behind by no more events than these go together. */
const TOGETHER_WITHIN = 20_000
/** Lines that catch up at the same time. */
const CATCHING_UP = 4

/**
 * Reads the log for all lines: once for those at its end, and for each that is behind until it has caught up. A line that
 * has no room falls behind, and its events stay in the log until it has.
 */
export function makeFeed({ log, clock, offered, wake, onFailure }: FeedDeps) {
  let tail = 0
  let index = new LineIndex([])
  let reading: Promise<void> | undefined
  let catchingUp = 0
  let beginnings = 0

  async function readTail(): Promise<void> {
    const beginning = beginnings
    while (tail < log.durable) {
      const upTo = log.durable
      const events = await log.after(tail, AT_ONCE)
      if (beginning !== beginnings) return
      const now = clock()
      for (const event of events) give(event, now)
      tail = events.length < AT_ONCE ? Math.max(upTo, events.at(-1)?.position ?? 0) : events.at(-1)!.position
      wake()
    }
  }

  function give(event: LoggedEvent, now: number): void {
    for (const line of index.wanting(event.workspaceKey, event.type)) {
      if (!line.isAtTail || event.position <= line.readTo || !line.facts.filter.admits(event)) continue
      if (!line.hasRoom) {
        line.isAtTail = false
        line.readTo = event.position - 1
        continue
      }
      offered(line, line.offer(event, now))
    }
  }

  async function catchUp(line: Line): Promise<void> {
    while (line.hasRoom && !line.isGone) {
      if (line.readTo >= tail) {
        line.isAtTail = true
        return
      }
      const upTo = log.durable
      const events = await log.after(line.readTo, AT_ONCE)
      const now = clock()
      const { workspaceKey, filter } = line.facts
      let last =
        events.length < AT_ONCE ? Math.max(upTo, events.at(-1)?.position ?? 0) : events.at(-1)!.position
      for (const event of events) {
        if (event.workspaceKey !== workspaceKey || !filter.matches(event)) continue
        if (!line.hasRoom) {
          last = event.position - 1
          break
        }
        offered(line, line.offer(event, now))
      }
      line.readTo = last
    }
  }

  return {
    /** How far those at the end have been read for. */
    get tail() {
      return tail
    },

    /** Those that are not much behind the end go to it together. */
    begin(lines: readonly Line[]): void {
      beginnings += 1
      tail = log.durable
      for (const { readTo } of lines)
        if (log.durable - readTo <= TOGETHER_WITHIN) tail = Math.min(tail, readTo)
    },

    index(lines: Iterable<Line>): void {
      index = new LineIndex(lines)
    },

    /** Reads what there is; returns at once. */
    read(lines: Iterable<Line>): void {
      if (tail < log.durable) {
        reading ??= readTail()
          .catch(onFailure)
          .finally(() => {
            reading = undefined
            wake()
          })
      }
      for (const line of lines) {
        if (line.isAtTail || line.isReading || !line.wantsMore) continue
        if (line.readTo >= tail) line.isAtTail = true
        else if (catchingUp < CATCHING_UP) {
          catchingUp += 1
          line.isReading = true
          catchUp(line)
            .catch(onFailure)
            .finally(() => {
              catchingUp -= 1
              line.isReading = false
              wake()
            })
        }
      }
    },

    /** Whether there is something to read for a line that has room for it. */
    isBehind(lines: Iterable<Line>): boolean {
      if (reading !== undefined || catchingUp > 0 || tail < log.durable) return true
      for (const line of lines) if (!line.isAtTail && line.wantsMore) return true
      return false
    },
  }
}
