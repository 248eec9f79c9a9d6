import { type Caller, countingIds } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { localOwner, makeAccess } from '../../access/index.ts'
import { makeEmit, readEvents } from '../../events/index.ts'
import { checkedEmit } from '../../events/testing/checked-emit.ts'
import {
  type ChangePolicy,
  type Meter,
  makeTracking,
  makeWorkOffRemovals,
  NOTHING_METERED,
  NOTHING_OWNED,
  type Ownership,
} from '../index.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/** Tracking over a fresh database, with two workspaces that must never see each other. */
export async function openTracking(
  db: Database,
  ownership: Ownership = NOTHING_OWNED,
  meter: Meter = NOTHING_METERED,
  policy?: ChangePolicy,
) {
  let time = 1_700_000_000_000
  const clock = () => time
  const ids = countingIds()
  const emit = checkedEmit(makeEmit({ clock, ids }))
  const wakeRemovals = () => {}
  const tracking = makeTracking({
    ...{ db, emit, clock, ids, wakeRemovals, ownership, meter },
    ...(policy === undefined ? {} : { policy }),
  })
  const { ensureWorkspace, findWorkspace } = makeAccess({ db, clock })

  async function callerOf(name: string): Promise<Caller> {
    const workspace = await db.inTx(async (tx) => {
      const made = await ensureWorkspace(tx, name)
      await tracking.experiments.ensureDefault(tx, made.key)
      return made
    })
    return localOwner(workspace, { requestId: 'test', address: '' })
  }

  const removedFiles: string[] = []
  const removeFiles = async (_workspaceKey: number, artifactUri: string) => {
    removedFiles.push(artifactUri)
  }

  return {
    ...tracking,
    findWorkspace,
    /** Does what the server does in the background after something was deleted for good. */
    workOff: makeWorkOffRemovals({ db, meter, removeFiles }),
    /** The addresses whose files have been deleted. */
    removedFiles,
    rowsLeft: async (table: keyof TrackingTables) => {
      const tables = db.read.tables<TrackingTables>()
      const { rows } = await tables
        .selectFrom(table)
        .select((e) => e.fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow()
      return Number(rows)
    },
    here: await callerOf('default'),
    elsewhere: await callerOf('elsewhere'),
    /** Lets time pass. */
    later: (ms: number) => {
      time += ms
    },
    events: () => readEvents(db.read, 0, 10_000),
    /** The types of the events written so far, oldest first. */
    eventTypes: async () => (await readEvents(db.read, 0, 1000)).map(({ type }) => type),
  }
}
