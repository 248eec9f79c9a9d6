import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Caller, must, Problem } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { actorOf, serverCaller } from '../../events/index.ts'
import type { GovernanceTables } from '../governance-tables.ts'
import type { Retained, Retention, RetentionRule } from '../retention.ts'
import type { ExpiringThing, GovernanceDeps } from '../seams.ts'
import { expiredLog } from './expired-log.ts'
import { expiredThings } from './expired-things.ts'
import { checkRetained, DAY_MS, noRule, readRules } from './rules.ts'

export interface RunRules {
  /** Started by hand: it goes on in the background. */
  readonly run: Retention['run']
  /** All rules of all workspaces that have not run for most of a day, one after the other. */
  runDue(signal?: AbortSignal): Promise<void>
  /** What is under way goes on at the next night. */
  stop(): Promise<void>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

type Deps = Pick<
  GovernanceDeps,
  'db' | 'emit' | 'clock' | 'expired' | 'held' | 'trim' | 'log' | 'queries' | 'settle' | 'serverIn'
> & {
  /** Hears what went wrong with a rule; the others go on. */
  readonly onFailure?: (what: Retained, error: unknown) => void
  /** After how many days the log of a deleted workspace goes that had no rule of its own; left out: never. */
  readonly deletedLogDays?: number | undefined
}

/** A rule that another server has begun in the meantime is left to it. */
const DUE_MS = 20 * 3_600_000

/** Rows of the log that one transaction takes: 10 to 25 µs each on SQLite, with their indexes, and 5 ms is the most. */
const SLICE_ROWS = 150

const claim = statement(
  'governance.claim-retention-rule',
  (k: Kysely<GovernanceTables>, p: { workspace: number; what: Retained; now: number; before: number }) =>
    k
      .updateTable('retention_rules')
      .set({ last_run_at: p.now })
      .where('workspace_key', '=', p.workspace)
      .where('what', '=', p.what)
      .where((e) => e.or([e('last_run_at', 'is', null), e('last_run_at', '<=', p.before)])),
)

const workspacesWithRules = statement(
  'governance.workspaces-with-retention',
  (k: Kysely<GovernanceTables>, _: Record<string, never>) =>
    k.selectFrom('retention_rules').select('workspace_key as key').distinct().orderBy('workspace_key'),
)

interface Gone {
  removed: number
  bytes: number
  held: number
}

export function makeRunRules(deps: Deps): RunRules {
  const { db, clock, serverIn, onFailure = () => {} } = deps
  const running = new Map<number, Promise<void>>()
  const ending = new AbortController()

  async function runRules(
    server: Caller,
    rules: readonly RetentionRule[],
    claimBefore: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (const rule of rules) {
      if (signal.aborted) return
      const { what } = rule
      const now = clock()
      const taken = await db.inTx((tx) =>
        tx.run(claim, { workspace: server.workspace.key, what, now, before: claimBefore }),
      )
      if (taken === 0) continue
      try {
        await runRule(deps, server, rule, signal)
      } catch (error) {
        onFailure(what, error)
      }
    }
  }

  function begin(workspaceKey: number, work: () => Promise<void>): Promise<void> {
    const done = work()
      .catch((error: unknown) => onFailure('audit', error))
      .finally(() => running.delete(workspaceKey))
    running.set(workspaceKey, done)
    return done
  }

  /** Of workspaces that are deleted the log goes as a whole, once: what tells of that is all that stays. */
  async function runGone(signal: AbortSignal): Promise<void> {
    const heads = await db.scan((reads) => deps.queries.heads(reads))
    for (const { workspaceKey, number, floor } of heads) {
      if (signal.aborted) return
      if (number - floor.number <= 1 || running.has(workspaceKey)) continue
      if ((await serverIn(workspaceKey)) !== undefined) continue
      const rule = (await readRules(db.read, workspaceKey)).find(({ what }) => what === 'audit')
      const afterDays = rule?.afterDays ?? deps.deletedLogDays
      if (afterDays === undefined) continue
      await begin(workspaceKey, () => trimGone(deps, workspaceKey, number - floor.number, afterDays, signal))
    }
  }

  return {
    async run(caller, { what: given }) {
      must(caller, 'policy.manage')
      const { key } = caller.workspace
      const what = given === undefined ? undefined : checkRetained(given)
      const rules = (await readRules(db.read, key)).filter((rule) => what === undefined || rule.what === what)
      if (what !== undefined && rules.length === 0) throw noRule(what)
      const server = await serverIn(key)
      if (server === undefined || running.has(key)) return false
      const reason = `Started by ${actorOf(caller)}${caller.reason === undefined ? '' : `: ${caller.reason}`}`
      const inTheirName = { ...server, requestId: caller.requestId, reason: reason.slice(0, 1_000) }
      void begin(key, () => runRules(inTheirName, rules, Number.MAX_SAFE_INTEGER, ending.signal))
      return true
    },

    async runDue(signal = ending.signal) {
      await runGone(signal)
      for (const { key } of await db.read.all(workspacesWithRules, {})) {
        const server = await serverIn(key)
        if (signal.aborted) return
        if (server === undefined || running.has(key)) continue
        const rules = await readRules(db.read, key)
        await begin(key, () => runRules(server, rules, clock() - DUE_MS, signal))
      }
    },

    async stop() {
      ending.abort()
      await Promise.all(running.values())
    },

    async idle() {
      await Promise.all(running.values())
    },
  }
}

async function runRule(deps: Deps, server: Caller, rule: RetentionRule, signal: AbortSignal): Promise<void> {
  const { what, afterDays } = rule
  const reason =
    server.reason ?? `The rule of retention: ${what.replaceAll('-', ' ')} after ${daysOf(afterDays)}.`
  const caller = { ...server, reason }
  const before = deps.clock() - afterDays * DAY_MS
  const gone =
    what === 'audit'
      ? await trimAudit(deps, caller, before, signal)
      : await removeThings(deps, caller, what, before, signal)
  if (gone.removed === 0) return
  await deps.db.inTx((tx) =>
    deps.emit(tx, caller, {
      type: 'retention.ran',
      subject: `policies/retention/${what}`,
      after: { removed: gone.removed, bytes: gone.bytes, held: gone.held },
    }),
  )
}

/** Restored, removed or put under hold since it was looked for. */
const MEANWHILE: ReadonlySet<string> = new Set(['INVALID_STATE', 'RESOURCE_DOES_NOT_EXIST'])

async function removeThings(
  deps: Deps,
  caller: Caller,
  what: ExpiringThing,
  before: number,
  signal: AbortSignal,
): Promise<Gone> {
  const gone: Gone = { removed: 0, bytes: 0, held: 0 }
  for await (const { thing, isHeld } of expiredThings(deps, caller.workspace.key, what, before)) {
    if (signal.aborted) break
    if (isHeld) {
      gone.held += 1
      continue
    }
    try {
      await deps.expired.remove(caller, what, thing)
      gone.removed += 1
      gone.bytes += thing.bytes
    } catch (error) {
      if (!(error instanceof Problem && MEANWHILE.has(error.code))) throw error
    }
    await nextTurn()
  }
  return gone
}

/**
 * When its last event is old enough, the deletion as a rule. What went day by day would be told day by day, in a log that
 * would never end.
 */
async function trimGone(
  deps: Deps,
  key: number,
  events: number,
  afterDays: number,
  signal: AbortSignal,
): Promise<void> {
  const before = deps.clock() - afterDays * DAY_MS
  const { count } = await deps.db.scan((reads) => expiredLog(deps, reads, key, before))
  if (count < events) return
  const reason = `The workspace is deleted, and nothing has happened in it for ${daysOf(afterDays)}.`
  await trimAudit(deps, { ...serverCaller(key, ''), reason }, before, signal)
}

const daysOf = (days: number) => `${days} day${days === 1 ? '' : 's'}`

async function trimAudit(deps: Deps, caller: Caller, before: number, signal: AbortSignal): Promise<Gone> {
  const { db, trim, clock, emit, queries, settle } = deps
  const { key } = caller.workspace
  const { through, count, held, last } = await db.scan(async (reads) => {
    const expired = await expiredLog(deps, reads, key, before)
    return { ...expired, last: await queries.lastUpTo(reads, key, expired.through) }
  })
  const gone: Gone = { removed: 0, bytes: 0, held }
  if (count === 0 || last === undefined) return gone
  // Told, and in the log, before the first event goes: a beginning that is gone without it was taken by somebody else.
  const after = { removed: count, number: last.number, hash: last.hash }
  await db.inTx((tx) => emit(tx, caller, { type: 'audit.trimmed', subject: 'audit', after }))
  await settle()
  while (!signal.aborted) {
    const prefix = await db.scan((reads: Reads) => trim.prefix(reads, key, through, SLICE_ROWS))
    if (prefix === undefined) break
    const removed = await db.inTx((tx) => trim.raiseFloor(tx, prefix, clock()))
    if (removed === 0) break
    gone.removed += removed
    await nextTurn()
  }
  return gone
}
