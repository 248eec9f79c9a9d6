import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, must, PERMISSION_NAMES, PERMISSIONS, readableHas, SOMEWHERE } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { AccessTables } from '../access-tables.ts'
import { makeChanges } from '../changes.ts'
import { accessMigrations } from '../index.ts'
import type { CallerFacts } from './profiled-caller.ts'
import { makeProfiles } from './profiles.ts'
import { naive } from './testing/naive-rule.ts'
import { build, randomWorld, THINGS, USERS, WORKSPACES, type World } from './testing/random-world.ts'

const factsOf = (workspace: number): CallerFacts => ({
  workspace: { key: workspace, name: `w${workspace}` },
  principal: { kind: 'user', name: 'p1', key: 1 },
  requestId: 'test',
  address: '',
  credential: { kind: 'password' },
})

function assertAgrees(caller: Caller, rule: ReturnType<typeof naive>, name: string): void {
  for (const permission of PERMISSION_NAMES) {
    const on = PERMISSIONS[permission].on
    const answers = THINGS.map((thing) => rule.may(permission, thing))
    const told = `${name}: ${permission}`
    assert.deepEqual(
      THINGS.map((thing) => caller.may(permission, thing)),
      answers,
      told,
    )
    assert.equal(caller.may(permission, SOMEWHERE), answers.includes(true), `${told} somewhere`)
    assert.equal(caller.may(permission), !answers.includes(false), `${told} everywhere`)
    if (on === 'workspace' || PERMISSIONS[permission].kind !== on || !permission.endsWith('.read')) continue
    const readable = caller.readable(on)
    assert.deepEqual(
      THINGS.map((thing) => readableHas(readable, thing)),
      answers,
      `${told}, readable`,
    )
  }
}

eachEngine('profiles', [accessMigrations], (open, engine) => {
  test('a profile says what the rows say, whatever they are', async () => {
    const worlds = engine === 'sqlite' ? 100 : 15
    let allowed = 0
    let refused = 0
    await using db = await open()
    for (let seed = 1; seed <= worlds; seed++) {
      const world = randomWorld(seed * 7919)
      await build(db, world)
      const profiles = makeProfiles({ db, changes: makeChanges({ db, clock: () => 0 }) })
      for (const who of USERS) {
        for (const workspace of WORKSPACES) {
          const profile = await profiles.profileOf(who, workspace)
          const rule = naive(world, who, workspace)
          const name = `world ${seed}, account ${who}, workspace ${workspace}`
          assert.equal(profile.isMember, rule.isMember, name)
          assertAgrees(profiles.callerOf(profile, factsOf(workspace)), rule, name)
          for (const permission of PERMISSION_NAMES) {
            if (rule.may(permission, 9)) allowed++
            else if (rule.isMember) refused++
          }
        }
      }
    }
    assert.ok(allowed > 100 && refused > 100, `${allowed} allowed, ${refused} refused`)
  })

  const oneReader: World = {
    admins: [],
    members: [],
    roles: [{ key: 104, workspace: 1, name: 'reader', builtIn: true }],
    assignments: [[1, 104]],
    grants: [],
  }

  test('what is remembered answers at once, and is forgotten with the change', async () => {
    await using db = await open()
    await build(db, oneReader)
    const changes = makeChanges({ db, clock: () => 0 })
    await changes.follow()
    const { profileOf } = makeProfiles({ db, changes })
    const [first, second] = await Promise.all([profileOf(1, 1), profileOf(1, 1)])
    assert.equal(first, second)
    assert.equal(profileOf(1, 1), first)
    assert.equal(first.isMember, true)
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      await tx.tables<AccessTables>().deleteFrom('role_assignments').execute()
      await changes.change(tx, { principal: 1, workspace: 1 })
    })
    assert.equal((await profileOf(1, 1)).isMember, false)
  })

  test('each change forgets whom it concerns, and nobody else', async () => {
    await using db = await open()
    await build(db, oneReader)
    const changes = makeChanges({ db, clock: () => 0 })
    await changes.follow()
    const { profileOf } = makeProfiles({ db, changes })
    const pairs = [1, 2].flatMap((who) => WORKSPACES.map((workspace) => [who, workspace] as const))
    for (const [concerned, kept] of [
      [{ principal: 1 }, ['2 1', '2 2']],
      [{ workspace: 1 }, ['1 2', '2 2']],
      [{ principal: 1, workspace: 1 }, ['1 2', '2 1', '2 2']],
      [{}, []],
    ] as const) {
      for (const [who, workspace] of pairs) await profileOf(who, workspace)
      await db.inTx((tx) => changes.change(tx, concerned))
      const remembered = pairs.filter(([who, workspace]) => !(profileOf(who, workspace) instanceof Promise))
      assert.deepEqual(
        remembered.map((pair) => pair.join(' ')),
        kept,
      )
      await Promise.all(pairs.map(([who, workspace]) => profileOf(who, workspace)))
    }
  })

  test('what was read before a change is not remembered after it', async () => {
    await using db = await open()
    await build(db, oneReader)
    const changes = makeChanges({ db, clock: () => 0 })
    await changes.follow()
    let duringScan = async () => {}
    const slow: Pick<Database, 'scan'> = {
      scan: async (question, options) => {
        const answer = await db.scan(question, options)
        await duringScan()
        return answer
      },
    }
    const spied = new Proxy(db, {
      get: (of, name) => (name === 'scan' ? slow.scan : Reflect.get(of, name, of)),
    })
    const { profileOf } = makeProfiles({ db: spied, changes })
    duringScan = async () => {
      duringScan = async () => {}
      await db.inTx(async (tx) => {
        await tx.tables<AccessTables>().deleteFrom('role_assignments').execute()
        await changes.change(tx, { principal: 1 })
      })
    }
    assert.equal((await profileOf(1, 1)).isMember, true)
    const next = profileOf(1, 1)
    assert.ok(next instanceof Promise)
    assert.equal((await next).isMember, false)
  })

  test('another server is believed for a second, and then asked', async () => {
    await using db = await open()
    await build(db, oneReader)
    let now = 0
    const changes = makeChanges({ db, clock: () => now })
    await changes.follow()
    const { profileOf } = makeProfiles({ db, changes })
    await profileOf(1, 1)
    now = 1001
    assert.equal(profileOf(1, 1) instanceof Promise, !db.can.soleWriter)
    await profileOf(1, 1)
    await changes.follow()
    assert.ok(!(profileOf(1, 1) instanceof Promise))
  })

  test('what one server changes is in force on another when it has asked', async () => {
    await using db = await open()
    await build(db, oneReader)
    const one = makeChanges({ db, clock: () => 0 })
    const other = makeChanges({ db, clock: () => 0 })
    const { profileOf } = makeProfiles({ db, changes: other })
    await other.follow()
    assert.equal((await profileOf(1, 1)).isMember, true)
    await db.inTx(async (tx) => {
      await one.turn(tx)
      await tx.tables<AccessTables>().deleteFrom('role_assignments').execute()
      await one.change(tx, { workspace: 1 })
    })
    assert.equal((await profileOf(1, 1)).isMember, true)
    await other.follow()
    assert.equal((await profileOf(1, 1)).isMember, false)
  })

  test('a credential that may less than its account', async () => {
    await using db = await open()
    await build(db, { ...oneReader, admins: [2], assignments: [[1, 100]], roles: [ownerRole] })
    const { callerOf, profileOf, mayIn, callerIn } = makeProfiles({
      db,
      changes: makeChanges({ db, clock: () => 0 }),
    })
    const owner = await profileOf(1, 1)
    const whole = callerOf(owner, factsOf(1))
    must(whole, 'experiment.delete', 7)
    const isMember = async (caller: Caller, key: number) =>
      (await callerIn(caller, { key, name: `w${key}` })) !== undefined
    assert.equal(await isMember(whole, 1), true)
    assert.deepEqual([whole.may('server.manage'), await mayIn(whole, 'server.manage', 1)], [false, false])
    const readOnly = callerOf(owner, { ...factsOf(1), credential: { kind: 'personal', readOnly: true } })
    assert.deepEqual(
      [readOnly.may('experiment.read', 7), readOnly.may('experiment.write', 7), readOnly.may('audit.read')],
      [true, false, false],
    )
    assert.equal(await mayIn(readOnly, 'workspace.manage', 1), false)
    assert.equal(await mayIn(whole, 'workspace.manage', 1), true)
    assert.equal(await mayIn(whole, 'workspace.read', 2), false)
    assert.equal(await isMember(whole, 2), false)

    for (const kind of ['tracking', 'run'] as const) {
      const passing = callerOf(owner, { ...factsOf(1), credential: { kind } })
      assert.deepEqual(
        [
          passing.may('experiment.delete', 7),
          passing.may('experiment.manage', 7),
          passing.may('model.manage'),
          passing.may('webhook.read'),
          passing.may('webhook.write'),
        ],
        [true, false, false, true, false],
      )
      assert.equal(passing.may('workspace.manage', SOMEWHERE), false)
      assert.equal(await mayIn(passing, 'workspace.manage', 1), false)
      const there = await callerIn(passing, { key: 1, name: 'w1' })
      assert.deepEqual([there?.may('workspace.read'), there?.may('workspace.write')], [true, false])
      assert.throws(() => must(passing, 'workspace.manage'), {
        code: 'PERMISSION_DENIED',
        message: `A ${kind} credential changes no accounts, passwords, roles, grants, tokens, webhooks, policies or workspaces, and decides no approvals.`,
        hint: 'Sign in with a password, or use a personal token.',
      })
    }

    const facts = { ...factsOf(1), principal: { kind: 'user', name: 'p2', key: 2 } as const }
    const admin = callerOf(await profileOf(2, 1), facts)
    assert.deepEqual([await mayIn(admin, 'server.manage', 2), await isMember(admin, 2)], [true, true])
    const bound = callerOf(await profileOf(2, 1), { ...facts, credential: { kind: 'personal', onlyIn: 1 } })
    assert.deepEqual([await mayIn(bound, 'workspace.manage', 2), await isMember(bound, 2)], [false, false])
    assert.deepEqual([bound.may('workspace.manage'), bound.may('server.manage')], [true, false])
    assert.equal(await mayIn(bound, 'server.manage', 1), false)
    const confinement = { runs: new Set<number>(), refusal: 'no' }
    const expired = callerOf(await profileOf(2, 1), { ...facts, confinement })
    assert.equal(await mayIn(expired, 'workspace.manage', 1), false)
  })
})

const ownerRole = { key: 100, workspace: 1, name: 'owner', builtIn: true }
