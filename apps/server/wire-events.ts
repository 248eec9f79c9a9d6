import type { Clock, IdSource } from '@orrery/base/kernel'
import {
  type Emit,
  type GrowingLog,
  makeEmit,
  makeEventLog,
  makeSequencer,
  makeStreams,
  type RunningStreams,
} from '@orrery/domain/events'
import type { Database } from '@orrery/drivers/db'
import type { Logger } from 'pino'
import { startStreamWork } from './loops/streams.ts'

/** Events, from the transaction to whoever listens. */
export interface WiredEvents {
  readonly emit: Emit
  readonly log: GrowingLog
  readonly streams: RunningStreams
  /** Everything that was committed before is in the log and durable. */
  settle(): Promise<void>
  /** Ends the live streams: before the server waits for the requests under way. */
  endStreams(): void
  /** Moves what is left into the log. */
  close(): Promise<void>
}

/** Resolves when the log is up to date: nobody asks it before. */
export async function wireEvents(
  given: {
    readonly db: Database
    readonly clock: Clock
    readonly ids: IdSource
    /** Without a last `/`. */
    readonly publicUrl: string
    /** Learns what other servers have changed of accounts and rights. */
    readonly refresh: () => Promise<void>
  },
  log: Logger,
): Promise<WiredEvents> {
  const { db, clock, ids } = given
  const eventLog = makeEventLog({ db })
  const sequencer = makeSequencer({
    db,
    log: eventLog,
    onFailure: (error) => log.error({ err: error }, 'events could not be moved into the log; trying again'),
  })
  await sequencer.start()
  const refresh = db.can.soleWriter ? undefined : given.refresh
  const streams = makeStreams({ ...given, log: eventLog, refresh })
  const stopWork = startStreamWork(streams)
  return {
    emit: makeEmit({ clock, ids, sequencer }),
    log: eventLog,
    streams,
    settle: sequencer.settle,
    endStreams() {
      stopWork()
      streams.stop()
    },
    close: sequencer.stop,
  }
}
