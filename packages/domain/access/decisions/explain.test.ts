import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PERMISSION_NAMES } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { accessMigrations } from '../index.ts'
import { buildProfile } from './build-profile.ts'
import { decide } from './decide.ts'
import { loadRights } from './load-rights.ts'
import { openAccessVerbs } from './testing/open-access-verbs.ts'
import { build, randomWorld, THINGS, USERS, WORKSPACES } from './testing/random-world.ts'
import { weigh } from './weigh.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

eachEngine('explain', [eventsMigrations, accessMigrations], (open, engine) => {
  test('what is told as decisive is what was decided, whatever the rows are', async () => {
    await using db = await open()
    let compared = 0
    for (let seed = 1; seed <= (engine === 'sqlite' ? 60 : 8); seed++) {
      await build(db, randomWorld(seed * 104_729))
      for (const who of USERS) {
        for (const workspace of WORKSPACES) {
          const rights = await db.scan((reads) => loadRights(reads, who, workspace))
          const profile = buildProfile(rights)
          for (const permission of PERMISSION_NAMES) {
            for (const target of [undefined, ...THINGS]) {
              const reasons = weigh(rights, permission, target, () => 'it')
              const decisive = reasons.filter(({ decisive }) => decisive)
              assert.equal(decisive.length, 1)
              const told = `world ${seed}, account ${who}, ${permission} on ${target}: ${decisive[0]!.says}`
              assert.equal(decisive[0]!.effect === 'allow', decide(profile, permission, target), told)
              compared++
            }
          }
        }
      }
    }
    assert.ok(compared > 1000)
  })

  test('says by what, and through whom', async () => {
    await using db = await open()
    const { explain, principals, grants, roles, root, user, assign, thing } = await openAccessVerbs(db)
    await user('alice')
    await principals.create(root, { kind: 'group', name: 'vision' })
    await principals.addMember(root, { group: 'vision', member: 'alice' })
    await assign('vision', 'data-scientist')
    const { key: roleKey } = await roles.create(root, {
      workspace: 'default',
      name: 'tester',
      permissions: ['run.write', 'experiment.read'],
    })
    await roles.assign(root, { principal: 'alice', roleKey })
    thing('experiment', '7')
    const asked = { principal: 'alice', permission: 'run.write', on: '7' }
    const before = await explain(root, asked)
    assert.deepEqual(before, {
      principal: 'alice',
      permission: 'run.write',
      on: '7',
      allowed: true,
      level: 'EDIT',
      reasons: [
        {
          effect: 'allow',
          says: "role 'data-scientist', held through group 'vision', gives run.write",
          decisive: true,
        },
        { effect: 'allow', says: "run.write, in role 'tester', gives run.write", decisive: false },
      ],
    })
    const right = { kind: 'experiment', pattern: '7', right: { level: 'READ' }, effect: 'deny' } as const
    await grants.give(root, { principal: 'vision', ...right })
    const after = await explain(root, asked)
    assert.deepEqual(
      [after.allowed, after.level, after.reasons[0]],
      [
        false,
        'DENY',
        {
          effect: 'deny',
          says: "the denial of READ on experiment '7', given through group 'vision', takes run.write",
          decisive: true,
        },
      ],
    )
    const everywhere = await explain(root, { principal: 'alice', permission: 'run.write' })
    assert.deepEqual([everywhere.allowed, everywhere.on, everywhere.level], [false, null, 'EDIT'])
    const none = await explain(root, { principal: 'alice', permission: 'audit.read' })
    assert.deepEqual(
      [none.allowed, none.level, none.reasons],
      [false, 'USE', [{ effect: 'deny', says: 'no role and no grant gives audit.read', decisive: true }]],
    )
    await principals.update(root, { kind: 'user', name: 'alice', disabled: true })
    const disabled = await explain(root, { principal: 'alice', permission: 'run.read' })
    assert.deepEqual(
      [disabled.allowed, disabled.level, disabled.reasons[0]?.says],
      [false, 'NO_PERMISSIONS', 'the account is disabled: nobody can sign in with it'],
    )
  })

  test('whoever may see experiments may see what is in them, and the reason is that right', async () => {
    await using db = await open()
    const { explain, roles, grants, root, user, thing } = await openAccessVerbs(db)
    await user('alice')
    const { key: roleKey } = await roles.create(root, {
      workspace: 'default',
      name: 'looker',
      permissions: ['experiment.read'],
    })
    await roles.assign(root, { principal: 'alice', roleKey })
    thing('experiment', '7')
    const ask = async (permission: string) => {
      const { allowed, reasons } = await explain(root, { principal: 'alice', permission, on: '7' })
      return [allowed, reasons[0]!.says]
    }
    for (const permission of ['run.read', 'artifact.read', 'trace.read']) {
      assert.deepEqual(await ask(permission), [
        true,
        `experiment.read, in role 'looker', gives ${permission}`,
      ])
    }
    assert.deepEqual(await ask('run.write'), [false, 'no role and no grant gives run.write'])
    const right = { kind: 'experiment', pattern: '7', right: { level: 'READ' }, effect: 'deny' } as const
    await grants.give(root, { principal: 'alice', ...right })
    assert.deepEqual(await ask('run.read'), [
      false,
      "the denial of READ on experiment '7', given to the account, takes run.read",
    ])
  })

  test('everybody about themselves, owners about their members', async () => {
    await using db = await open()
    const { explain, as, user, elsewhere, thing } = await openAccessVerbs(db)
    await user('owner', 'owner')
    await user('reader', 'reader')
    await user('far', 'reader', elsewhere)
    await user('nobody')
    thing('experiment', '7')
    const ask = async (who: string, principal: string, on?: string) =>
      explain(await as(who), { principal, permission: 'run.read', on })
    assert.equal((await ask('reader', 'reader')).allowed, true)
    assert.equal((await ask('owner', 'reader', '7')).allowed, true)
    assert.equal((await ask('nobody', 'nobody')).allowed, false)
    await assert.rejects(ask('reader', 'owner'), DENIED)
    await assert.rejects(ask('reader', 'who-ever'), DENIED)
    for (const unknown of ['far', 'nobody', 'who-ever']) await assert.rejects(ask('owner', unknown), ABSENT)
    // A thing that the asker may not see is as good as not there.
    for (const on of ['7', '999']) {
      await assert.rejects(ask('nobody', 'nobody', on), {
        ...ABSENT,
        message: `No Experiment with id=${on} exists`,
      })
    }
    const owner = await as('owner')
    await assert.rejects(explain(owner, { principal: 'owner', permission: 'run.destroy' }), INVALID)
    await assert.rejects(explain(owner, { principal: 'owner', permission: 'audit.read', on: '7' }), INVALID)
  })
})
