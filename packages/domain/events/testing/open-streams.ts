import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { makeStreams } from '../streams/make-streams.ts'
import type { StreamEnd, StreamFrame, StreamWishes } from '../streams.ts'
import { openLog } from './open-log.ts'

/** What a client of a live stream has got. */
export class Listener {
  readonly frames: StreamFrame[] = []
  ended: StreamEnd | undefined
  /** Bytes that it has not taken. */
  waitingBytes = 0
  readonly #gone = new AbortController()
  #changed = () => {}

  readonly outlet = {
    send: (frames: readonly StreamFrame[]) => {
      this.frames.push(...frames)
      this.#changed()
    },
    waiting: () => this.waitingBytes,
    end: (because: StreamEnd) => {
      this.ended = because
      this.#changed()
    },
  }

  get signal(): AbortSignal {
    return this.#gone.signal
  }

  get subjects(): string[] {
    return this.frames.flatMap((frame) =>
      frame.kind === 'event' ? [(JSON.parse(frame.json) as { subject: string }).subject] : [],
    )
  }

  get kinds(): string[] {
    return this.frames.map(({ kind }) => kind)
  }

  get id(): string {
    return this.frames.flatMap((frame) => (frame.kind === 'hello' ? [frame.stream] : []))[0]!
  }

  /** Resolves when it holds. */
  async until(holds: (it: this) => boolean): Promise<void> {
    while (!holds(this)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  leave(): void {
    this.#gone.abort()
  }
}

/** Live streams over a log. */
export async function openStreams(
  db: Database,
  given: Parameters<typeof openLog>[1] & { readonly refresh?: () => Promise<void> } = {},
) {
  const log = await openLog(db, given)
  const { clock, ids } = log
  const publicUrl = 'https://ml.example.org'
  const streams = makeStreams({ db, log: log.log, clock, ids, publicUrl, refresh: given.refresh })
  return {
    ...log,
    streams,
    async listen(
      caller: Caller,
      more: {
        readonly after?: number
        readonly wishes?: StreamWishes
        readonly callerNow?: () => Promise<Caller | undefined>
      } = {},
    ): Promise<Listener> {
      const listener = new Listener()
      const { signal, outlet } = listener
      const { wishes = { filters: [{}] }, callerNow = async () => caller, after } = more
      await streams.open(caller, { after, wishes, callerNow, signal, outlet })
      return listener
    },
    async [Symbol.asyncDispose]() {
      streams.stop()
      await log.sequencer.stop()
    },
  }
}
