import { type Caller, type Clock, countingIds, type IdSource } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { type Emit, makeEmit } from '../emit.ts'
import type { Event } from '../event.ts'
import { type GrowingLog, makeEventLog } from '../log/event-log.ts'
import type { LoggedEvent } from '../log.ts'
import { makeSequencer } from '../sequencer/make-sequencer.ts'

/** A log over a database: emit, settle, read. Stop it before the database is closed (`await using`). */
export interface OpenLog extends AsyncDisposable {
  readonly db: Database
  readonly emit: Emit
  readonly log: GrowingLog
  readonly sequencer: ReturnType<typeof makeSequencer>
  /** Everything emitted so far is in the log. */
  settle(): Promise<void>
  /** Emits each in a transaction of its own, in this order, and settles. */
  tell(caller: Caller, ...events: readonly Event[]): Promise<void>
  /** The log from the beginning, settled. */
  events(): Promise<readonly LoggedEvent[]>
  /** Lets time pass. */
  later(ms: number): void
  readonly clock: Clock
  readonly ids: IdSource
}

export async function openLog(
  db: Database,
  given: { readonly ids?: IdSource; readonly onFailure?: (error: unknown) => void } = {},
): Promise<OpenLog> {
  let time = 1_700_000_000_000
  const clock = () => time
  const { ids = countingIds(), onFailure = fail } = given
  const log = makeEventLog({ db })
  const sequencer = makeSequencer({ db, log, onFailure })
  await sequencer.start()
  const emit = makeEmit({ clock, ids, sequencer })
  const opened: OpenLog = {
    db,
    emit,
    log,
    sequencer,
    clock,
    ids,
    settle: () => sequencer.settle(),
    async tell(caller, ...events) {
      for (const event of events) await db.inTx((tx) => emit(tx, caller, event))
      await sequencer.settle()
    },
    async events() {
      await sequencer.settle()
      const all: LoggedEvent[] = []
      for (;;) {
        const some = await log.after(all.at(-1)?.position ?? 0, 1_000)
        if (some.length === 0) return all
        all.push(...some)
      }
    },
    later(ms) {
      time += ms
    },
    [Symbol.asyncDispose]: () => sequencer.stop(),
  }
  return opened
}

/** Who may do and read everything, in a workspace of that key. */
export function someone(workspaceKey = 1, given: Partial<Caller> = {}): Caller {
  return {
    workspace: { key: workspaceKey, name: workspaceKey === 1 ? 'default' : `workspace-${workspaceKey}` },
    principal: { kind: 'user', name: 'alice', key: 1 },
    requestId: 'test',
    address: '',
    may: () => true,
    readable: () => ({ kind: 'all' }),
    ...given,
  }
}

/** Nothing in a test makes the sequencer fail by accident. */
function fail(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
