import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { NewGrant } from '../access.ts'
import { type AccessBed, openAccessVerbs } from '../decisions/testing/open-access-verbs.ts'
import { accessMigrations } from '../index.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const noExperiment = (id: string) => ({
  code: 'RESOURCE_DOES_NOT_EXIST',
  message: `No Experiment with id=${id} exists`,
})

const onExperiment = (pattern: string, level: 'READ' | 'USE' | 'EDIT' | 'MANAGE'): NewGrant => ({
  kind: 'experiment',
  pattern,
  right: { level },
  effect: 'allow',
})

eachEngine('grants', [eventsMigrations, accessMigrations], (open) => {
  test('are given once, taken once, and in force at once', async () => {
    await using db = await open()
    const { grants, root, rootElsewhere, as, user, thing, events } = await openAccessVerbs(db)
    const key = thing('experiment', '7')
    await user('alice')
    const grant = await grants.give(root, { principal: 'Alice', ...onExperiment('7', 'EDIT') })
    assert.deepEqual(
      { ...grant, key: 0 },
      { key: 0, ...onExperiment('7', 'EDIT'), createdAt: 1_700_000_000_000, createdBy: 'local-owner' },
    )
    const alice = await as('alice')
    must(alice, 'run.write', key)
    assert.throws(() => must(alice, 'run.delete', key), DENIED)
    assert.deepEqual(alice.readable('experiment'), { kind: 'only', keys: [key] })
    await assert.rejects(grants.give(root, { principal: 'alice', ...onExperiment('7', 'READ') }), {
      code: 'RESOURCE_ALREADY_EXISTS',
      message: 'Permission for user=alice on resource_type=experiment, resource_id=7 already exists.',
    })
    const instead = {
      principal: 'alice',
      ...onExperiment('7', 'READ'),
      effect: 'deny',
      replace: true,
    } as const
    await grants.give(root, instead)
    assert.equal((await as('alice')).may('run.read', key), false)
    assert.deepEqual(
      (await grants.of(root, { principal: 'alice' })).map(({ effect }) => effect),
      ['deny'],
    )
    assert.deepEqual(await grants.of(rootElsewhere, { principal: 'alice' }), [])
    const [on] = await grants.on(root, { kind: 'experiment', pattern: '7' })
    assert.deepEqual([on?.principal, on?.right], ['alice', { level: 'READ' }])
    assert.deepEqual(await grants.on(root, { kind: 'experiment', pattern: '*' }), [])
    await grants.give(root, { principal: 'alice', ...onExperiment('*', 'USE') })
    const [all] = await grants.on(root, { kind: 'experiment', pattern: '*' })
    assert.deepEqual([all?.principal, all?.pattern, all?.right], ['alice', '*', { level: 'USE' }])
    await grants.take(root, { principal: 'alice', kind: 'experiment', pattern: '*' })
    const it = { principal: 'alice', kind: 'experiment', pattern: '7' } as const
    await grants.take(root, it)
    await assert.rejects(grants.take(root, it), {
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: 'Permission for user=alice on resource_type=experiment, resource_id=7 not found.',
    })
    const told = (await events()).filter(
      ({ type, before, after }) =>
        type.startsWith('grant.') && !JSON.stringify([before, after]).includes('"*"'),
    )
    const facts = (right: string, effect: string) => ({
      holder: 'users/alice',
      kind: 'experiment',
      pattern: '7',
      right,
      effect,
    })
    assert.deepEqual(told, [
      { type: 'grant.given', subject: 'users/alice', before: undefined, after: facts('EDIT', 'allow') },
      {
        type: 'grant.changed',
        subject: 'users/alice',
        before: facts('EDIT', 'allow'),
        after: facts('READ', 'deny'),
      },
      { type: 'grant.taken', subject: 'users/alice', before: facts('READ', 'deny'), after: undefined },
    ])
  })

  test('whoever has MANAGE of a thing gives it on, and of nothing else', async () => {
    await using db = await open()
    const { grants, ownership, as, user, thing, here, roles, root, assign } = await openAccessVerbs(db)
    await roles.create(root, { workspace: 'default', name: 'nothing' })
    const own = thing('experiment', '7')
    thing('experiment', '8')
    await user('maker', 'contributor')
    await user('alice')
    await assign('alice', 'nothing')
    await user('bob', 'reader')
    const maker = await as('maker')
    await db.inTx((tx) => ownership.created(tx, maker, { kind: 'experiment', key: own }))
    const again = await as('maker')
    assert.ok(again.may('experiment.manage', own))
    await grants.give(again, { principal: 'alice', ...onExperiment('7', 'READ') })
    await assert.rejects(grants.give(again, { principal: 'alice', ...onExperiment('8', 'READ') }), DENIED)
    await assert.rejects(grants.give(again, { principal: 'alice', ...onExperiment('*', 'READ') }), DENIED)
    await assert.rejects(
      grants.give(again, { principal: 'alice', ...onExperiment('*', 'READ'), kind: 'run' }),
      DENIED,
    )
    await assert.rejects(grants.on(again, { kind: 'experiment', pattern: '8' }), DENIED)
    assert.equal((await grants.on(again, { kind: 'experiment', pattern: '7' })).length, 2)
    const bob = await as('bob')
    await assert.rejects(grants.give(bob, { principal: 'bob', ...onExperiment('7', 'MANAGE') }), DENIED)
    await assert.rejects(grants.take(bob, { principal: 'alice', kind: 'experiment', pattern: '7' }), DENIED)
    // Alice reads 7 alone: of 8 she learns nothing, not even by a refusal.
    const alice = await as('alice')
    await assert.rejects(grants.give(alice, { principal: 'bob', ...onExperiment('7', 'READ') }), DENIED)
    for (const pattern of ['8', '999']) {
      await assert.rejects(grants.on(alice, { kind: 'experiment', pattern }), noExperiment(pattern))
    }
    await grants.take(again, { principal: 'alice', kind: 'experiment', pattern: '7' })
    assert.equal((await as('alice', here)).readable('experiment').kind, 'only')
    await assert.rejects(
      grants.on(await as('alice'), { kind: 'experiment', pattern: '7' }),
      noExperiment('7'),
    )
  })

  test('with MANAGE alone one gives to members only, and learns of nobody else whether they are there', async () => {
    await using db = await open()
    const bed = await openAccessVerbs(db)
    const { grants, ownership, principals, as, user, thing, root, assign, elsewhere } = bed
    const own = thing('experiment', '7')
    await user('maker', 'contributor')
    const before = await as('maker')
    await db.inTx((tx) => ownership.created(tx, before, { kind: 'experiment', key: own }))
    const maker = await as('maker')
    await user('stranger')
    await user('far', 'owner', elsewhere)
    await user('admin')
    await principals.setAdmin(root, { name: 'admin', isAdmin: true })
    await principals.create(root, { kind: 'group', name: 'outside' })
    await principals.create(root, { kind: 'group', name: 'inside' })
    await assign('inside', 'reader')
    await user('in-group')
    await principals.addMember(root, { group: 'inside', member: 'in-group' })
    await principals.create(root, { kind: 'service', name: 'robot' })
    const told = async (does: Promise<unknown>, name: string) => {
      const error = await does.then(
        () => assert.fail(name),
        (refused) => refused as { code: string; message: string; hint: string },
      )
      return [error.code, error.message.replace(name, '<name>'), error.hint]
    }
    const it = { kind: 'experiment', pattern: '7' } as const
    const ofNobody = await told(
      grants.give(maker, { principal: 'nobody', ...onExperiment('7', 'READ') }),
      'nobody',
    )
    assert.equal(ofNobody[0], 'RESOURCE_DOES_NOT_EXIST')
    for (const name of ['nobody', 'stranger', 'far', 'admin', 'outside']) {
      assert.deepEqual(
        await told(grants.give(maker, { principal: name, ...onExperiment('7', 'READ') }), name),
        ofNobody,
      )
      assert.deepEqual(await told(grants.take(maker, { principal: name, ...it }), name), ofNobody)
    }
    for (const name of ['inside', 'in-group', 'robot']) {
      await grants.give(maker, { principal: name, ...onExperiment('7', 'EDIT') })
    }
    // Whoever was let in for this one thing by an owner is no secret to who manages it.
    await grants.give(root, { principal: 'stranger', ...onExperiment('7', 'READ') })
    await grants.give(maker, { principal: 'stranger', ...onExperiment('7', 'EDIT'), replace: true })
    await grants.take(maker, { principal: 'stranger', ...it })
    assert.deepEqual(await told(grants.take(maker, { principal: 'stranger', ...it }), 'stranger'), ofNobody)
  })

  test('who made a thing keeps it, unless they or an owner say otherwise', async () => {
    await using db = await open()
    const bed = await openAccessVerbs(db)
    const { grants, ownership, principals, as, user, thing, root, assign } = bed
    const [experiment, model] = [thing('experiment', '7'), thing('model', 'm')]
    await user('maker', 'contributor')
    await user('owner', 'owner')
    await user('second', 'contributor')
    await principals.create(root, { kind: 'group', name: 'team' })
    await principals.addMember(root, { group: 'team', member: 'maker' })
    await assign('team', 'reader')
    const made = await as('maker')
    await db.inTx((tx) => ownership.created(tx, made, { kind: 'experiment', key: experiment }))
    await db.inTx((tx) => ownership.created(tx, made, { kind: 'model', key: model }))
    const onModel = (kind: 'registered_model' | 'prompt', level: 'READ' | 'MANAGE') =>
      ({ kind, pattern: 'm', right: { level }, effect: 'allow' }) as const
    await grants.give(await as('maker'), { principal: 'second', ...onExperiment('7', 'MANAGE') })
    await grants.give(await as('maker'), { principal: 'second', ...onModel('registered_model', 'MANAGE') })
    const second = await as('second')
    const mine = { ...DENIED, message: /^'maker' made (experiment '7'|model 'm'): / }
    const replace = true
    for (const attempt of [
      () => grants.take(second, { principal: 'maker', kind: 'experiment', pattern: '7' }),
      () => grants.take(second, { principal: 'maker', kind: 'registered_model', pattern: 'm' }),
      () => grants.give(second, { principal: 'maker', ...onExperiment('7', 'EDIT'), replace }),
      () =>
        grants.give(second, { principal: 'maker', ...onExperiment('7', 'MANAGE'), effect: 'deny', replace }),
      () => grants.give(second, { principal: 'team', ...onExperiment('7', 'MANAGE'), effect: 'deny' }),
      () => grants.give(second, { principal: 'maker', ...onModel('prompt', 'READ'), effect: 'deny' }),
      () => grants.give(second, { principal: 'team', ...onModel('prompt', 'READ'), effect: 'deny' }),
    ]) {
      await assert.rejects(attempt(), mine)
    }
    assert.ok((await as('maker')).may('experiment.manage', experiment))
    // It is no less than before.
    await grants.give(second, { principal: 'maker', ...onExperiment('7', 'MANAGE'), replace })
    await assert.rejects(grants.take(second, { principal: 'maker', kind: 'experiment', pattern: '7' }), mine)
    const owner = await as('owner')
    await grants.give(owner, { principal: 'maker', ...onExperiment('7', 'READ'), replace })
    await grants.give(owner, { principal: 'maker', ...onExperiment('7', 'MANAGE'), replace })
    await assert.rejects(grants.take(second, { principal: 'maker', kind: 'experiment', pattern: '7' }), mine)
    await grants.take(await as('maker'), { principal: 'maker', kind: 'experiment', pattern: '7' })
    assert.equal((await as('maker')).may('experiment.manage', experiment), false)
    // The other way round it is theirs to take.
    await grants.take(await as('maker'), { principal: 'second', kind: 'registered_model', pattern: 'm' })
  })

  test('things that are gone have no rights left, and names of other workspaces mean nothing', async () => {
    await using db = await open()
    const bed = await openAccessVerbs(db)
    const { grants, ownership, root, rootElsewhere, user, thing, elsewhere, rows } = bed
    await user('alice')
    const key = thing('model', 'm')
    thing('model', 'far', elsewhere)
    const give = (kind: 'registered_model' | 'prompt', pattern: string) =>
      grants.give(root, { principal: 'alice', kind, pattern, right: { level: 'READ' }, effect: 'allow' })
    await give('registered_model', 'm')
    await give('prompt', 'm')
    await assert.rejects(give('registered_model', 'far'), {
      message: 'Registered Model with name=far not found',
    })
    const thingsKey = { kind: 'model', key } as const
    await db.inTx((tx) => ownership.removed(tx, rootElsewhere, thingsKey))
    assert.equal((await rows('grants')).length, 2)
    await db.inTx((tx) => ownership.removed(tx, root, thingsKey))
    assert.deepEqual(await rows('grants'), [])
  })

  test('rights in every workspace are told to oneself, administrators and owners', async () => {
    await using db = await open()
    const { grants, root, rootElsewhere, as, user, thing, elsewhere } = await openAccessVerbs(db)
    thing('experiment', '7')
    thing('experiment', '8', elsewhere)
    await user('alice')
    await user('owner', 'owner')
    await user('reader', 'reader')
    await user('nobody')
    await grants.give(root, { principal: 'alice', ...onExperiment('7', 'READ') })
    await grants.give(rootElsewhere, { principal: 'alice', ...onExperiment('8', 'EDIT') })
    const told = async (caller: Awaited<ReturnType<typeof as>>, principal = 'alice') =>
      (await grants.everywhere(caller, { principal })).map(
        ({ workspace, pattern }) => `${workspace} ${pattern}`,
      )
    assert.deepEqual(await told(await as('alice')), ['default 7', 'elsewhere 8'])
    assert.deepEqual(await told(root), ['default 7', 'elsewhere 8'])
    assert.deepEqual(await told(await as('owner', elsewhere)), ['default 7'])
    await assert.rejects(told(await as('reader')), DENIED)
    for (const unknown of ['nobody', 'who-ever']) {
      await assert.rejects(told(await as('owner'), unknown), {
        message: `User with username=${unknown} not found`,
      })
    }
  })

  test('what cannot be given', async () => {
    await using db = await open()
    const { grants, root, user, thing, principals, rootElsewhere } = await openAccessVerbs(db)
    await user('alice')
    thing('model', 'p')
    const give = (more: Partial<NewGrant> & { principal?: string }) =>
      grants.give(root, { principal: 'alice', ...onExperiment('*', 'READ'), ...more })
    await assert.rejects(give({ kind: 'workspace', right: { level: 'USE' } }), {
      ...INVALID,
      message:
        "resource_type 'workspace' is not supported by the per-user permission convenience APIs. Use set_workspace_permission / delete_workspace_permission for workspace-wide grants.",
    })
    await assert.rejects(give({ kind: 'permission', right: { permission: 'audit.read' } }), INVALID)
    await assert.rejects(give({ right: { permission: 'audit.read' } }), INVALID)
    await assert.rejects(give({ kind: 'run', pattern: '3' }), {
      ...INVALID,
      message:
        "Invalid resource_pattern '3' for resource_type='run'. This resource type supports only wildcard ('*') grants.",
    })
    await assert.rejects(give({ kind: 'prompt' }), { code: 'NOT_IMPLEMENTED' })
    await give({ kind: 'prompt', pattern: 'p' })
    await assert.rejects(give({ pattern: '' }), INVALID)
    thing('experiment', '4')
    for (const pattern of [' 4', '4 ', '+4', '004', '4.0', '0x4', '-4', '']) {
      await assert.rejects(give({ pattern }), INVALID, JSON.stringify(pattern))
      await assert.rejects(grants.on(root, { kind: 'experiment', pattern }), noExperiment(pattern))
    }
    await assert.rejects(give({ principal: 'bob' }), { message: 'User with username=bob not found' })
    await principals.create(rootElsewhere, { kind: 'service', name: 'robot' })
    await assert.rejects(give({ principal: 'robot' }), { message: 'User with username=robot not found' })
  })

  test('the level that an account has in the end', async () => {
    await using db = await open()
    const { grants, root, as, user, thing, roles, principals } = await openAccessVerbs(db)
    thing('experiment', '7')
    thing('experiment', '8')
    for (const [name, role] of [
      ['owner', 'owner'],
      ['contributor', 'contributor'],
      ['reader', 'reader'],
      ['nobody', undefined],
      ['single', undefined],
      ['used', undefined],
    ] as const) {
      await user(name, role)
    }
    await user('admin')
    await principals.setAdmin(root, { name: 'admin', isAdmin: true })
    await grants.give(root, { principal: 'single', ...onExperiment('7', 'MANAGE') })
    await grants.give(root, { principal: 'used', ...onExperiment('7', 'USE') })
    await grants.give(root, { principal: 'reader', ...onExperiment('8', 'READ'), effect: 'deny' })
    await grants.give(root, { principal: 'contributor', ...onExperiment('8', 'EDIT'), effect: 'deny' })
    await grants.give(root, { principal: 'owner', ...onExperiment('8', 'READ'), effect: 'deny' })
    const level = (principal: string, pattern: string, kind: NewGrant['kind'] = 'experiment') =>
      grants.level(root, { principal, kind, pattern })
    for (const [principal, on7, on8, onAll] of [
      ['admin', 'MANAGE', 'MANAGE', 'MANAGE'],
      ['owner', 'MANAGE', 'MANAGE', 'MANAGE'],
      ['contributor', 'EDIT', 'USE', 'EDIT'],
      ['reader', 'READ', 'DENY', 'READ'],
      ['nobody', 'NO_PERMISSIONS', 'NO_PERMISSIONS', 'NO_PERMISSIONS'],
      ['single', 'MANAGE', 'NO_PERMISSIONS', 'NO_PERMISSIONS'],
      ['used', 'USE', 'NO_PERMISSIONS', 'NO_PERMISSIONS'],
    ] as const) {
      const answers = [await level(principal, '7'), await level(principal, '8'), await level(principal, '*')]
      assert.deepEqual(answers, [on7, on8, onAll], principal)
    }
    assert.equal(await level('owner', '999'), 'NO_PERMISSIONS')
    assert.equal(await level('reader', '*', 'workspace'), 'READ')
    assert.equal(await level('contributor', '*', 'workspace'), 'USE')
    assert.equal(await level('reader', '*', 'run'), 'READ')
    assert.equal(await level('contributor', '*', 'run'), 'MANAGE')
    assert.equal(
      await grants.level(await as('single'), { principal: 'single', kind: 'experiment', pattern: '7' }),
      'MANAGE',
    )
    await assert.rejects(
      grants.level(await as('reader'), { principal: 'single', kind: 'experiment', pattern: '7' }),
      DENIED,
    )
    await assert.rejects(level('bob', '7'), { message: 'User with username=bob not found' })
    const { key: roleKey } = await roles.create(root, { workspace: 'default', name: 'tier' })
    await roles.addGrant(root, {
      roleKey,
      kind: 'run',
      pattern: '*',
      right: { level: 'USE' },
      effect: 'allow',
    })
    await roles.assign(root, { principal: 'nobody', roleKey })
    assert.equal(await level('nobody', '*', 'run'), 'USE')
  })

  test('a grant that somebody gives while the thing is removed does not wait for the next one', async () => {
    await using db = await open()
    const bed: AccessBed = await openAccessVerbs(db)
    const { grants, root, user, thing, forgetThing, rows } = bed
    await user('alice')
    thing('experiment', '7')
    const giving = grants.give(root, { principal: 'alice', ...onExperiment('7', 'READ') })
    forgetThing('experiment', '7')
    await assert.rejects(giving, noExperiment('7'))
    assert.deepEqual(await rows('grants'), [])
  })
})
