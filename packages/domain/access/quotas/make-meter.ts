import { type Caller, Problem } from '@orrery/base/kernel'
import type { Database, Tx } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import type { Meter } from '../seams.ts'
import type { Metered, QuotaState } from '../workspace.ts'
import { shareWorkspace } from '../workspaces/hold-workspace.ts'
import { isWorse, stateOf } from './quota-state.ts'
import { addUsage, quotaOf, setUsage, takeQuota, tellState, usedOf } from './usage-rows.ts'

/**
 * On PostgreSQL whoever adds to a row waits for the one before to commit. A server's transactions take the shards in
 * turn, so that only as many writers as this at once meet in one.
 */
const SHARDS = 32

export interface MeterDeps {
  readonly db: Database
  readonly emit: Emit
}

export interface RunningMeter extends Meter {
  /** Resolves when every refusal so far has been told, or could not be. */
  quiet(): Promise<void>
}

export function makeMeter({ db, emit }: MeterDeps): RunningMeter {
  let turn = Math.trunc(Math.random() * SHARDS)
  const telling = new Set<Promise<void>>()

  const nextShard = () => {
    if (db.can.soleWriter) return 0
    turn = (turn + 1) % SHARDS
    return turn
  }

  async function count(tx: Tx, caller: Caller, what: Metered, amount: number): Promise<void> {
    if (amount === 0) return
    const workspace = caller.workspace.key
    const quota = await addUsage(tx, { workspace, what, shard: nextShard(), amount })
    // Of a first run; what else is counted lies with something that was made before.
    if (what === 'runs' && amount > 0 && !db.can.soleWriter) await shareWorkspace(tx, caller.workspace)
    if (quota === null) return
    const row = await takeQuota(tx, { workspace, what })
    if (row === undefined) return
    const used = await usedOf(tx, { workspace, what })
    if (amount > 0 && used > row.quota) throw refused(caller, what, used - amount, row.quota)
    await tell(tx, caller, what, { ...row, used, mayImprove: amount < 0 })
  }

  async function adjust(tx: Tx, workspace: number, what: Metered, amount: number): Promise<void> {
    if (amount === 0) return
    const quota = await addUsage(tx, { workspace, what, shard: nextShard(), amount })
    if (quota !== null && amount < 0) await improve(tx, workspace, what)
  }

  /** A mark that is no longer passed can be passed again. */
  async function improve(tx: Tx, workspace: number, what: Metered): Promise<void> {
    const row = await takeQuota(tx, { workspace, what })
    if (row === undefined) return
    const state = stateOf(await usedOf(tx, { workspace, what }), row.quota)
    if (isWorse(row.told, state)) await tellState(tx, { workspace, what }, state)
  }

  async function set(tx: Tx, workspace: number, what: Metered, amount: number): Promise<void> {
    await setUsage(tx, { workspace, what }, amount)
    await improve(tx, workspace, what)
  }

  async function mustFit(caller: Caller, what: Metered, amount: number): Promise<void> {
    const of = { workspace: caller.workspace.key, what }
    const row = await quotaOf(db.read, of)
    if (row === undefined || amount <= 0) return
    const used = await usedOf(db.read, of)
    if (used + amount > row.quota) throw refused(caller, what, used, row.quota)
  }

  /** Nothing of the refused transaction stays, so that it was refused is told in one of its own, afterwards. */
  function refused(caller: Caller, what: Metered, used: number, quota: number): Problem {
    const work = db
      .inTx(async (tx) => {
        const row = await takeQuota(tx, { workspace: caller.workspace.key, what })
        if (row !== undefined) await tellExceeded(tx, caller, what, { ...row, used })
      })
      // The caller has their answer; the next refusal tells it.
      .catch(() => {})
      .finally(() => telling.delete(work))
    telling.add(work)
    return tooMuch(caller, what, used, quota)
  }

  async function tellExceeded(
    tx: Tx,
    caller: Caller,
    what: Metered,
    { quota, told, used }: { quota: number; told: QuotaState; used: number },
  ): Promise<void> {
    if (told === 'exceeded') return
    await tellState(tx, { workspace: caller.workspace.key, what }, 'exceeded')
    await emitMark(tx, caller, 'workspace.quota-exceeded', { what, used, quota })
  }

  /** Tells that a mark was passed, once: it counts as passed until less is used again. */
  async function tell(
    tx: Tx,
    caller: Caller,
    what: Metered,
    at: { quota: number; told: QuotaState; used: number; mayImprove: boolean },
  ): Promise<void> {
    const { quota, told, used, mayImprove } = at
    const state = stateOf(used, quota)
    const worse = isWorse(state, told)
    if (!worse && !(mayImprove && isWorse(told, state))) return
    await tellState(tx, { workspace: caller.workspace.key, what }, state)
    if (!worse || state === 'ok') return
    const type = state === 'near' ? 'workspace.quota-near' : 'workspace.quota-exceeded'
    await emitMark(tx, caller, type, { what, used, quota })
  }

  async function emitMark(
    tx: Tx,
    caller: Caller,
    type: 'workspace.quota-near' | 'workspace.quota-exceeded',
    after: { what: Metered; used: number; quota: number },
  ): Promise<void> {
    await emit(tx, caller, {
      type,
      subject: `workspaces/${caller.workspace.name}`,
      before: undefined,
      after,
    } satisfies AccessEvent)
  }

  return {
    count,
    adjust,
    set,
    mustFit,
    async quiet() {
      await Promise.all(telling)
    },
  }
}

const NOUNS: Readonly<Record<Metered, string>> = {
  runs: 'runs',
  'artifact-bytes': 'bytes of artifacts',
  tokens: 'tokens',
  webhooks: 'webhooks',
}

function tooMuch(caller: Caller, what: Metered, used: number, quota: number): Problem {
  const number = (count: number) => count.toLocaleString('en')
  return new Problem(
    'QUOTA_EXCEEDED',
    `The workspace '${caller.workspace.name}' has used ${number(used)} of ${number(quota)} ${NOUNS[what]}.`,
    { hint: 'Remove some for good, or ask an administrator of the server for more.' },
  )
}
