import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { Asking } from '../credentials.ts'
import { accessMigrations } from '../index.ts'
import { basic, openAuthentication } from '../testing/open-authentication.ts'
import { HASHER, PASSWORD } from '../testing/open-credentials.ts'
import { newSecret } from './secret.ts'

const UNKNOWN = {
  code: 'UNAUTHENTICATED',
  message: 'You are not authenticated: the request has no valid credential.',
}
const NOT_HERE = (name: string) => ({
  code: 'RESOURCE_DOES_NOT_EXIST',
  message: `No workspace is named '${name}'.`,
  hint:
    name === 'default'
      ? "Name a workspace that you belong to, in the address as '/workspaces/<name>'."
      : "Leave the workspace out of the address to reach 'default'.",
})

eachEngine('authentication', [eventsMigrations, accessMigrations], (open) => {
  test('every kind of credential makes a caller of its account', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const alice = await bed.callerOf('alice')
    const input = { name: 'alice', password: PASSWORD, browser: '' }
    const { secret } = await bed.sessions.signIn({ requestId: 'r', address: '' }, input)
    const personal = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const service = await bed.tokens.create(alice, { kind: 'service', name: 'x', serviceAccount: 'ci' })
    const tracking = await bed.tokens.createTracking(alice, {})
    const forms: [kind: string, name: string, asking: Partial<Asking>][] = [
      ['password', 'alice', { authorization: basic('alice', PASSWORD) }],
      ['password', 'alice', { authorization: basic('ALICE', PASSWORD) }],
      ['session', 'alice', { session: secret }],
      ['personal', 'alice', { authorization: `Bearer ${personal.token}` }],
      ['personal', 'alice', { authorization: basic('Alice', personal.token) }],
      ['personal', 'alice', { authorization: basic('token', personal.token), session: 'whatever' }],
      ['service', 'ci', { authorization: `bearer ${service.token}` }],
      ['tracking', 'alice', { authorization: `Bearer ${tracking.token}` }],
    ]
    for (const [kind, name, asking] of forms) {
      const caller = await bed.find({ ...asking, reason: 'why' })
      assert.deepEqual(
        [caller.credential?.kind, caller.principal.name, caller.workspace.name, caller.reason],
        [kind, name, 'default', 'why'],
      )
      assert.equal(caller.may('run.read'), true)
      assert.equal(caller.may('run.write'), name === 'alice')
      assert.equal(caller.confinement, undefined)
      assert.equal((await bed.find(asking)).principal.key, caller.principal.key)
    }
  })

  test('whatever is wrong with a credential, the answer is one sentence', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const alice = await bed.callerOf('alice')
    const { token } = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const revoked = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    await bed.tokens.revoke(alice, { id: revoked.id })
    const wrong: Partial<Asking>[] = [
      {},
      { authorization: '' },
      { authorization: basic('alice', `${PASSWORD}!`) },
      { authorization: basic('nobody', PASSWORD) },
      { authorization: basic('ci', PASSWORD) },
      { authorization: basic('bob', token) },
      { authorization: basic('nobody', token) },
      { authorization: `Bearer ${token} ` },
      { authorization: `Bearer  ${token}` },
      { authorization: `Bearer orrery_pat_${newSecret()}` },
      { authorization: `Bearer ${revoked.token}` },
      { authorization: token },
      { session: '' },
      { session: newSecret() },
      { session: token },
    ]
    for (const asking of wrong) {
      await assert.rejects(bed.find(asking), UNKNOWN, JSON.stringify(asking))
      await assert.rejects(bed.find(asking, 'anyone'), UNKNOWN)
    }
  })

  test('whoever holds a token that has expired is told so, until it is dropped, and nobody else', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const alice = await bed.callerOf('alice')
    const { token } = await bed.tokens.create(alice, { kind: 'personal', name: 'x', lifeMs: 1000 })
    bed.later(1000)
    const at = new Date(bed.now()).toISOString()
    const told = {
      code: 'UNAUTHENTICATED',
      message: `You are not authenticated: the token expired at ${at}.`,
    }
    await assert.rejects(bed.find({ authorization: `Bearer ${token}` }), told)
    await assert.rejects(bed.find({ authorization: basic('alice', token) }), told)
    await assert.rejects(bed.find({ authorization: basic('bob', token) }), UNKNOWN)
    await bed.alter(bed.keys.alice, { disabled_at: 1 })
    await assert.rejects(bed.find({ authorization: `Bearer ${token}` }), UNKNOWN)
    const root = await bed.callerOf('root')
    const other = await bed.tokens.create(root, { kind: 'personal', name: 'x', lifeMs: 1000 })
    bed.later(1000)
    await assert.rejects(bed.find({ authorization: `Bearer ${other.token}` }), {
      message: /the token expired at/,
    })
    await bed.authentication.tidy()
    await assert.rejects(bed.find({ authorization: `Bearer ${other.token}` }), UNKNOWN)
  })

  test('the next step names variables only to whoever sent nothing', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    await assert.rejects(bed.find({}), { hint: /^It has none: .*ORRERY_TOKEN.*MLFLOW_TRACKING_TOKEN/ })
    const sent = { authorization: `Bearer orrery_pat_${newSecret()}` }
    await assert.rejects(bed.find(sent), {
      hint: 'The one that was sent is wrong, was revoked, or has expired. Sign in anew, or use another token.',
    })
  })

  test('a bad header is not saved by a good cookie', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const input = { name: 'alice', password: PASSWORD, browser: '' }
    const { secret } = await bed.sessions.signIn({ requestId: 'r', address: '' }, input)
    await assert.rejects(bed.find({ authorization: 'Bearer x', session: secret }), UNKNOWN)
    await bed.find({ session: secret })
  })

  test('what was believed is answered at once, and forgotten with the change that concerns it', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    await bed.changes.follow()
    const alice = await bed.callerOf('alice')
    const { token, id } = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const asking = { authorization: `Bearer ${token}` }
    const login = { authorization: basic('alice', PASSWORD) }
    for (const each of [asking, login]) {
      await bed.find(each)
      assert.equal(bed.atOnce(each), true)
    }
    // What she may do in a workspace says nothing of her password.
    await bed.assign(bed.keys.alice, bed.elsewhere, 'reader')
    assert.equal(bed.atOnce(login), true)
    await bed.tokens.revoke(alice, { id })
    await assert.rejects(bed.find(asking), UNKNOWN)
    await bed.find(login)
    await bed.alter(bed.keys.alice, { disabled_at: 1 })
    await assert.rejects(bed.find(login), UNKNOWN)
  })

  test('a new stamp ends every token and session of the account at once', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const { token } = await bed.tokens.create(await bed.callerOf('alice'), { kind: 'personal', name: 'x' })
    const input = { name: 'alice', password: PASSWORD, browser: '' }
    const { secret } = await bed.sessions.signIn({ requestId: 'r', address: '' }, input)
    const askings = [{ authorization: `Bearer ${token}` }, { session: secret }]
    for (const asking of askings) await bed.find(asking)
    await bed.alter(bed.keys.alice, { stamp: 1 })
    for (const asking of askings) await assert.rejects(bed.find(asking), UNKNOWN)
  })

  test('a right password is believed for a minute, a wrong one never', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    let checks = 0
    const { verify } = HASHER
    HASHER.verify = (...given) => {
      checks += 1
      return verify(...given)
    }
    try {
      const right = { authorization: basic('alice', PASSWORD) }
      await Promise.all([bed.find(right), bed.find(right), bed.find(right)])
      assert.equal(checks, 1)
      bed.later(59_999)
      await bed.changes.follow()
      await bed.find(right)
      assert.equal(checks, 1)
      bed.later(1)
      await bed.changes.follow()
      await bed.find(right)
      assert.equal(checks, 2)
      for (let i = 0; i < 2; i++) {
        await assert.rejects(bed.find({ authorization: basic('alice', 'wrong-password') }), UNKNOWN)
      }
      assert.equal(checks, 4)
      // Whoever is unknown, disabled or without password takes as long.
      for (const name of ['nobody', 'ci']) {
        await assert.rejects(bed.find({ authorization: basic(name, PASSWORD) }), UNKNOWN)
      }
      assert.equal(checks, 6)
    } finally {
      HASHER.verify = verify
    }
  })

  test('guessing is slowed down, but a right password that is believed is never refused', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    await bed.changes.follow()
    const right = { authorization: basic('alice', PASSWORD) }
    await bed.find(right)
    const guess = (i: number) => bed.find({ authorization: basic('alice', `guess number ${i}`) })
    for (let i = 0; i < 10; i++) await assert.rejects(guess(i), UNKNOWN)
    await assert.rejects(guess(10), { code: 'REQUEST_LIMIT_EXCEEDED' })
    await bed.find(right)
    // Also when it must be computed again, while a program with the password of before goes on trying.
    bed.later(61_000)
    await bed.changes.follow()
    for (let i = 0; i < 3; i++) await assert.rejects(guess(i), UNKNOWN)
    await assert.rejects(guess(3), { code: 'REQUEST_LIMIT_EXCEEDED' })
    await bed.find(right)
    await bed.alter(bed.keys.alice, {})
    await assert.rejects(bed.find(right), { code: 'REQUEST_LIMIT_EXCEEDED' })
    const { token } = await bed.tokens.create(await bed.callerOf('alice'), { kind: 'personal', name: 'x' })
    await bed.find({ authorization: `Bearer ${token}` })
    assert.equal((await bed.events()).filter(({ type }) => type === 'sign-in.blocked').length, 2)
  })

  test('whoever has no role in a workspace is told that it is not there, after the same questions', async () => {
    await using store = await open()
    const { db, questions } = counting(store)
    const bed = await openAuthentication(db)
    const { token } = await bed.tokens.create(await bed.callerOf('alice'), {
      kind: 'personal',
      name: 'x',
      allWorkspaces: true,
    })
    const authorization = `Bearer ${token}`
    await bed.changes.follow()
    await bed.find({ authorization })
    const asked: Record<string, number[]> = { elsewhere: [], nowhere: [] }
    for (const welcome of ['members', 'anyone', 'members'] as const) {
      for (const workspace of ['elsewhere', 'nowhere']) {
        const before = questions()
        await assert.rejects(bed.find({ authorization, workspace }, welcome), NOT_HERE(workspace))
        asked[workspace]!.push(questions() - before)
      }
    }
    assert.deepEqual(asked, { elsewhere: [2, 1, 1], nowhere: [2, 1, 1] })
    const bob = await bed.find({ authorization: basic('bob', PASSWORD), workspace: 'elsewhere' })
    assert.equal(bob.may('workspace.manage'), true)
    assert.equal(bob.may('server.manage'), false)
  })

  test('whoever has an account is welcome at the root where anyone is, and may do nothing there', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const authorization = basic('bob', PASSWORD)
    const bob = await bed.find({ authorization }, 'anyone')
    assert.deepEqual(
      [bob.workspace.name, bob.may('workspace.read'), bob.readable('experiment')],
      ['default', false, { kind: 'only', keys: [] }],
    )
    const root = await bed.find({ authorization: basic('root', PASSWORD), workspace: 'elsewhere' })
    assert.equal(root.may('server.manage'), true)
  })

  test('whoever names no workspace and is not in the default one is told which ones are theirs', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const authorization = basic('bob', PASSWORD)
    const told = (why: string, hint: string) => ({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `No workspace was named, and ${why}.`,
      hint,
    })
    const names =
      "Name one of 'elsewhere': end the address in /workspaces/<name>, or call mlflow.set_workspace()."
    const elsewhere = told("'bob' is not in 'default'", names)
    // Not remembered, and remembered.
    for (let i = 0; i < 2; i++) await assert.rejects(bed.find({ authorization }), elsewhere)
    await assert.rejects(bed.find({ authorization, workspace: 'default' }), NOT_HERE('default'))
    await bed.account('eve', { password: PASSWORD })
    const nowhere = told("'eve' is not in 'default'", 'Ask an owner of a workspace for a role in it.')
    await assert.rejects(bed.find({ authorization: basic('eve', PASSWORD) }), nowhere)
    // A token tells of its own workspace only, though its account is in others.
    await bed.assign(bed.keys.bob, bed.here, 'reader')
    const bob = await bed.find({ authorization, workspace: 'elsewhere' })
    const { token } = await bed.tokens.create(bob, { kind: 'personal', name: 'x' })
    const ofToken = told("the token that asks does not work in 'default'", names)
    await assert.rejects(bed.find({ authorization: `Bearer ${token}` }), ofToken)
    await bed.find({ authorization })
  })

  test('a token for one workspace works nowhere else, whatever its account may', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const make = async (allWorkspaces: boolean) => {
      const root = await bed.callerOf('root')
      const { token } = await bed.tokens.create(root, { kind: 'personal', name: 'x', allWorkspaces })
      return `Bearer ${token}`
    }
    const [one, all] = [await make(false), await make(true)]
    assert.equal((await bed.find({ authorization: all, workspace: 'elsewhere' })).may('run.write'), true)
    for (const welcome of ['members', 'anyone'] as const) {
      const elsewhere = bed.find({ authorization: one, workspace: 'elsewhere' }, welcome)
      await assert.rejects(elsewhere, NOT_HERE('elsewhere'))
    }
    const here = await bed.find({ authorization: one })
    assert.deepEqual([here.may('workspace.manage'), here.may('server.manage')], [true, false])
    assert.equal(await bed.profiles.mayIn(here, 'server.manage', bed.here.key), false)
    assert.equal(await bed.profiles.mayIn(here, 'workspace.manage', bed.elsewhere.key), false)
  })

  test('a token that only reads may do nothing that a reader may not', async () => {
    await using db = await open()
    const bed = await openAuthentication(db)
    const root = await bed.callerOf('root')
    const { token } = await bed.tokens.create(root, {
      kind: 'personal',
      name: 'x',
      readOnly: true,
      allWorkspaces: true,
    })
    const caller = await bed.find({ authorization: `Bearer ${token}` })
    assert.deepEqual(
      (['run.read', 'run.write', 'webhook.read', 'workspace.manage', 'server.manage'] as const).map((each) =>
        caller.may(each),
      ),
      [true, false, false, false, false],
    )
    assert.equal(await bed.profiles.mayIn(caller, 'workspace.manage', bed.elsewhere.key), false)
    assert.equal(await bed.profiles.mayIn(caller, 'run.read', bed.elsewhere.key), true)
  })
})

/** The same database, counting what it is asked. */
function counting(db: Database): { db: Database; questions: () => number } {
  let questions = 0
  const asks = new Set(['first', 'all', 'each', 'scan'])
  const watched = <Target extends object>(target: Target, own: Record<string, unknown> = {}): Target =>
    new Proxy(target, {
      get(_, name) {
        if (typeof name === 'string' && Object.hasOwn(own, name)) return own[name]
        if (asks.has(String(name))) questions += 1
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { db: watched(db, { read: watched(db.read) }), questions: () => questions }
}
