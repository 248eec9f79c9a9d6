import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { Asking } from '../credentials.ts'
import { accessMigrations } from '../index.ts'
import { basic, NOTHING, openAuthentication } from '../testing/open-authentication.ts'
import { openCredentials, PASSWORD } from '../testing/open-credentials.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const UNKNOWN = {
  code: 'UNAUTHENTICATED',
  message: 'You are not authenticated: the request has no valid credential.',
}
const EXPIRED = {
  code: 'UNAUTHENTICATED',
  message: /^You are not authenticated: the token expired at \S+Z\.$/,
}
eachEngine('the end of credentials', [eventsMigrations, accessMigrations], (open, engine) => {
  test('a session ends after eight hours without use, and after seven days at the latest', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const input = { name: 'alice', password: PASSWORD, browser: '' }
    const signIn = async () => (await bed.sessions.signIn({ requestId: 'r', address: '' }, input)).secret
    const idle = await signIn()
    const used = await signIn()
    for (let hours = 0; hours < 7 * 24; hours += 7) {
      await bed.find({ session: used })
      await bed.authentication.tidy()
      bed.later(7 * HOUR)
    }
    await assert.rejects(bed.find({ session: used }), UNKNOWN)
    await assert.rejects(bed.find({ session: idle }), UNKNOWN)
    const third = await signIn()
    await bed.find({ session: third })
    bed.later(8 * HOUR)
    await assert.rejects(bed.find({ session: third }), UNKNOWN)
  })

  test('after its hour a tracking credential reaches its running runs, for thirty days', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const { token, expiresAt } = await bed.tokens.createTracking(await bed.callerOf('alice'), {})
    const asking = { authorization: `Bearer ${token}` }
    const { credential } = await bed.find(asking)
    await bed.created(credential!.key!, 7)
    await bed.created(credential!.key!, 8)
    bed.runningRuns.add(7).add(8).add(9)
    bed.later(HOUR - 1)
    assert.equal((await bed.find(asking)).confinement, undefined)
    bed.later(1)
    const refusal = `The tracking credential expired at ${new Date(expiresAt).toISOString()}. Get a new one: POST /api/orrery/v1/tracking-credentials, which get_mlflow_tracking_uri() does.`
    const confined = await bed.find(asking)
    assert.deepEqual(confined.confinement, { runs: new Set([7, 8]), refusal })
    assert.equal(await bed.profiles.mayIn(confined, 'run.read', bed.here.key), false)
    // It was asked for before the hour was over, and answered after it.
    await bed.created(credential!.key!, 9)
    assert.deepEqual((await bed.find(asking)).confinement?.runs, new Set([7, 8, 9]))
    bed.runningRuns.delete(7)
    bed.runningRuns.delete(9)
    assert.deepEqual((await bed.find(asking)).confinement?.runs, new Set([8]))
    bed.later(60_000)
    await bed.find(asking)
    bed.runningRuns.add(7)
    bed.later(1000)
    assert.deepEqual((await bed.find(asking)).confinement?.runs, new Set([7, 8]))
    bed.runningRuns.delete(7)
    bed.later(30 * DAY - HOUR - 61_001)
    assert.deepEqual((await bed.find(asking)).confinement?.runs, new Set([8]))
    bed.later(1)
    await assert.rejects(bed.find(asking), EXPIRED)
  })

  test('without a running run an expired tracking credential is told what to do', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const { token } = await bed.tokens.createTracking(await bed.callerOf('alice'), { lifeMs: 2000 })
    const asking = { authorization: `Bearer ${token}` }
    await bed.find(asking)
    bed.later(2000)
    bed.runningRuns.add(7)
    for (const welcome of ['members', 'anyone'] as const) {
      await assert.rejects(bed.find(asking, welcome), {
        code: 'UNAUTHENTICATED',
        message: /^The tracking credential expired at 2023-11-14T22:13:22\.000Z\. Get a new one: POST /,
      })
    }
  })

  test('a day after its hour a tracking credential without running runs is taken away', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const alice = await bed.callerOf('alice')
    const [idle, done, busy] = await Promise.all([1, 2, 3].map(() => bed.tokens.createTracking(alice, {})))
    const keyOf = async ({ token }: { token: string }) =>
      (await bed.find({ authorization: `Bearer ${token}` })).credential!.key!
    await bed.created(await keyOf(done!), 7)
    await bed.created(await keyOf(busy!), 8)
    bed.runningRuns.add(8)
    const left = async () => (await bed.rows('tokens')).map((row) => row.token_id).sort()
    bed.later(HOUR + DAY - 1)
    await bed.authentication.tidy()
    assert.deepEqual(await left(), [idle!.id, done!.id, busy!.id].sort())
    const told = /^The tracking credential expired at /
    await assert.rejects(bed.find({ authorization: `Bearer ${idle!.token}` }), { message: told })
    bed.later(HOUR)
    await bed.authentication.tidy()
    assert.deepEqual(await left(), [busy!.id])
    assert.deepEqual((await bed.rows('token_runs')).length, 1)
    await bed.find({ authorization: `Bearer ${busy!.token}` })
  })

  test('the token of a run reaches it and what was created below it, from the beginning and at once', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const alice = await bed.callerOf('alice')
    const { token } = await bed.tokens.createForRun(alice, { runKey: 7, runId: 'abc' })
    const asking = { authorization: `Bearer ${token}` }
    await assert.rejects(bed.find(asking), {
      code: 'UNAUTHENTICATED',
      message: /^The credential of run abc /,
    })
    bed.runningRuns.add(7).add(8).add(9)
    const { confinement, credential } = await bed.find(asking)
    assert.deepEqual(confinement?.runs, new Set([7]))
    await bed.created(credential!.key!, 8)
    assert.deepEqual((await bed.find(asking)).confinement?.runs, new Set([7, 8]))
    bed.later(HOUR)
    await assert.rejects(bed.find(asking), EXPIRED)
  })

  test('when credentials were used last is written each minute, not with each request', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const alice = await bed.callerOf('alice')
    const { token } = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const asking = { authorization: `Bearer ${token}`, address: '10.9.8.7' }
    for (let i = 0; i < 3; i++) await bed.find(asking)
    const lastUse = async () => {
      const [{ lastUsedAt, lastUsedFrom } = assert.fail()] = await bed.tokens.list(alice, { whose: 'own' })
      return [lastUsedAt, lastUsedFrom]
    }
    assert.deepEqual(await lastUse(), [null, null])
    await bed.authentication.tidy()
    const minute = bed.now() - (bed.now() % 60_000)
    assert.deepEqual(await lastUse(), [minute, '10.9.8.7'])
    const account = (await bed.rows('principals')).find(({ name }) => name === 'alice')
    assert.equal(account!.last_seen_at, bed.now() - (bed.now() % HOUR))
    bed.later(60_000)
    await bed.find({ ...asking, address: '10.9.8.6' })
    await bed.authentication.tidy()
    assert.deepEqual(await lastUse(), [minute + 60_000, '10.9.8.6'])
  })

  test('what has ended is taken away and no longer counted', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const alice = await bed.callerOf('alice')
    await bed.tokens.create(alice, { kind: 'personal', name: 'x', lifeMs: HOUR })
    await bed.tokens.create(alice, { kind: 'personal', name: 'y', lifeMs: 366 * DAY })
    const tracking = await bed.tokens.createTracking(alice, {})
    await bed.created((await bed.find({ authorization: `Bearer ${tracking.token}` })).credential!.key!, 7)
    await bed.sessions.signIn(
      { requestId: 'r', address: '' },
      { name: 'alice', password: PASSWORD, browser: '' },
    )
    await bed.authentication.tidy()
    assert.deepEqual([(await bed.rows('tokens')).length, bed.countedIn(bed.here)], [3, 2])
    bed.later(31 * DAY)
    await bed.authentication.tidy()
    const left = await Promise.all(
      (['tokens', 'token_runs', 'sessions', 'access_changes'] as const).map(bed.rows),
    )
    assert.deepEqual(
      left.map((rows) => rows.length),
      [1, 0, 0, 0],
    )
    assert.equal(bed.countedIn(bed.here), 1)
  })

  test('a second server believes nothing longer than a second, and hears of changes when it asks', async () => {
    await using db = await open()
    const time = { now: 1_700_000_000_000 }
    const bed = await openAuthentication(db, time)
    const other = await openCredentials(db, time)
    await bed.changes.follow()
    await other.changes.follow()
    const alice = await bed.callerOf('alice')
    const { token, id } = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const asking = { ...NOTHING, authorization: `Bearer ${token}` }
    const login = { ...NOTHING, authorization: basic('alice', PASSWORD) }
    await other.authentication.findCaller(asking, 'members')
    await other.authentication.findCaller(login, 'members')
    await bed.tokens.revoke(alice, { id })
    await bed.passwords.set(await bed.callerOf('root'), { name: 'alice', password: 'quite another one' })
    const isRefused = async (each: Asking) => {
      try {
        await other.authentication.findCaller(each, 'members')
        return false
      } catch {
        return true
      }
    }
    time.now += 250
    await other.authentication.follow()
    assert.deepEqual([await isRefused(asking), await isRefused(login)], [true, true])
    if (engine !== 'sqlite') {
      await bed.find({ authorization: basic('alice', 'quite another one') })
      const fresh = { authorization: basic('alice', 'quite another one') }
      await other.authentication.findCaller({ ...NOTHING, ...fresh }, 'members')
      await bed.alter(bed.keys.alice, { disabled_at: 1 })
      // It cannot ask: after a second it believes nothing.
      time.now += 1001
      assert.equal(await isRefused({ ...NOTHING, ...fresh }), true)
    }
  })
})
