import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, countingIds } from '@orrery/base/kernel'
import {
  DEFAULT_WORKSPACE,
  makeAccess,
  makeCredentials,
  makeMeter,
  makePasswordHasher,
} from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { makeTracking, runningRuns } from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from './migrations.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Tracking and credentials over one database, as wiring ties them; alice has a session. */
async function openBoth(db: Database) {
  const time = { now: 1_700_000_000_000 }
  const clock = () => time.now
  const ids = countingIds()
  const emit = makeEmit({ clock, ids })
  const meter = makeMeter({ db, emit })
  const access = makeAccess({ db, clock })
  const tracking = makeTracking({
    db,
    emit,
    clock,
    ids,
    meter,
    wakeRemovals: () => {},
    ownership: access.ownership,
  })
  const verbs = makeCredentials({
    ...{ db, clock, ids, emit, meter, running: runningRuns, hasher: makePasswordHasher({ logN: 4 }) },
    ...access,
  })
  await db.inTx(async (tx) => {
    const { key } = await access.ensureWorkspace(tx, DEFAULT_WORKSPACE)
    await tracking.experiments.ensureDefault(tx, key)
  })
  await access.changes.follow()
  const link = (await verbs.setup.begin())!
  const input = { link, name: 'alice', password: 'correct horse battery', browser: '' }
  const { secret: session } = await verbs.setup.complete({ requestId: 'r', address: '' }, input)
  const nothing = { workspace: undefined, requestId: 'r', address: '', reason: undefined }
  const find = async (asking: { authorization?: string; session?: string }): Promise<Caller> =>
    verbs.authentication.findCaller(
      { ...nothing, authorization: undefined, session: undefined, ...asking },
      'members',
    )
  const keyOf = async (runId: string) => {
    const row = await db.read
      .tables<{ runs: { run_key: number; run_id: string } }>()
      .selectFrom('runs')
      .select('run_key as key')
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow()
    return row.key
  }
  return {
    ...tracking,
    tokens: verbs.tokens,
    alice: await find({ session }),
    as: (token: string) => find({ authorization: `Bearer ${token}` }),
    keyOf,
    log: (caller: Caller, runId: string) =>
      tracking.metrics.log(caller, { runId, key: 'loss', value: 1, timestamp: time.now, step: 0 }),
    later: (ms: number) => {
      time.now += ms
    },
  }
}

const EXPIRED = { code: 'UNAUTHENTICATED', message: /^The tracking credential expired at / }

eachEngine('the hour of a tracking credential', MIGRATIONS, (open) => {
  test('a run that outlives it is logged to and finished, and nothing else is done with it', async () => {
    await using db = await open()
    const bed = await openBoth(db)
    const { token } = await bed.tokens.createTracking(bed.alice, {})
    const { runId } = (await bed.runs.create(await bed.as(token), { name: 'long' })).info
    const other = (await bed.runs.create(bed.alice, { name: 'of a session' })).info.runId
    await bed.log(await bed.as(token), other)
    for (const wait of [HOUR, DAY, 28 * DAY]) {
      bed.later(wait)
      await bed.log(await bed.as(token), runId)
    }
    const expired = await bed.as(token)
    await assert.rejects(bed.log(expired, other), EXPIRED)
    await assert.rejects(bed.runs.get(expired, { runId: other }), EXPIRED)
    await assert.rejects(bed.runs.create(expired, {}), EXPIRED)
    const tags = [{ key: 'mlflow.parentRunId', value: runId }]
    await assert.rejects(bed.runs.create(expired, { tags }), EXPIRED)
    await bed.runs.update(expired, { runId, status: 'FINISHED' })
    bed.later(1000)
    await assert.rejects(bed.as(token), EXPIRED)
  })

  test('with the next credential the run goes on, and the old one still reaches it', async () => {
    await using db = await open()
    const bed = await openBoth(db)
    const first = await bed.tokens.createTracking(bed.alice, {})
    const { runId } = (await bed.runs.create(await bed.as(first.token), {})).info
    bed.later(HOUR)
    const second = await bed.tokens.createTracking(bed.alice, {})
    await bed.log(await bed.as(second.token), runId)
    await bed.log(await bed.as(first.token), runId)
  })

  test('revoked, it reaches nothing, running or not', async () => {
    await using db = await open()
    const bed = await openBoth(db)
    const { token, id } = await bed.tokens.createTracking(bed.alice, {})
    await bed.runs.create(await bed.as(token), {})
    await bed.tokens.revoke(bed.alice, { id })
    await assert.rejects(bed.as(token), { code: 'UNAUTHENTICATED', message: /^You are not authenticated/ })
  })
})

eachEngine('the token of a run', MIGRATIONS, (open) => {
  test('reaches its run and those below it, its successor too, and ends with the run', async () => {
    await using db = await open()
    const bed = await openBoth(db)
    const { runId } = (await bed.runs.create(bed.alice, { name: 'job' })).info
    const other = (await bed.runs.create(bed.alice, { name: 'other' })).info.runId
    const { token } = await bed.tokens.createForRun(bed.alice, { runKey: await bed.keyOf(runId), runId })
    const refused = {
      code: 'UNAUTHENTICATED',
      message: new RegExp(`^The credential of run ${runId} reaches`),
    }
    await bed.log(await bed.as(token), runId)
    await assert.rejects(bed.log(await bed.as(token), other), refused)
    await assert.rejects(bed.runs.create(await bed.as(token), {}), refused)
    const under = (parent: string) => ({ tags: [{ key: 'mlflow.parentRunId', value: parent }] })
    await assert.rejects(bed.runs.create(await bed.as(token), under(other)), refused)
    const child = (await bed.runs.create(await bed.as(token), under(runId))).info.runId
    await bed.log(await bed.as(token), child)
    bed.later(HOUR / 2)
    const next = await bed.tokens.renew(await bed.as(token))
    bed.later(HOUR / 2)
    await assert.rejects(bed.as(token), { code: 'UNAUTHENTICATED' })
    for (const run of [runId, child]) await bed.log(await bed.as(next.token), run)
    for (const run of [child, runId])
      await bed.runs.update(await bed.as(next.token), { runId: run, status: 'FINISHED' })
    await assert.rejects(bed.as(next.token), refused)
  })
})
