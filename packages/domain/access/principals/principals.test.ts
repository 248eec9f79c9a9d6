import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { openAccessVerbs, PASSWORD } from '../decisions/testing/open-access-verbs.ts'
import { accessMigrations } from '../index.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const STATE = { code: 'INVALID_STATE' }

eachEngine('principals', [eventsMigrations, accessMigrations], (open) => {
  test('a user is made without any right, and no name is given twice', async () => {
    await using db = await open()
    const { principals, root, as, here, elsewhere, events } = await openAccessVerbs(db)
    const made = await principals.create(root, {
      kind: 'user',
      name: 'Alice',
      password: PASSWORD,
      email: 'a@b',
    })
    assert.deepEqual(
      { ...made, key: 0 },
      {
        key: 0,
        kind: 'user',
        name: 'Alice',
        displayName: '',
        email: 'a@b',
        isAdmin: false,
        homeWorkspace: null,
        hasPassword: true,
        identities: [],
        createdAt: 1_700_000_000_000,
        createdBy: 'local-owner',
        disabledAt: null,
        lastSeenAt: null,
      },
    )
    for (const workspace of [here, elsewhere]) {
      assert.equal((await as('alice', workspace)).may('workspace.read'), false)
    }
    for (const [kind, name] of [
      ['user', 'alice'],
      ['group', 'ALICE'],
      ['service', 'aLiCe'],
    ] as const) {
      await assert.rejects(principals.create(root, { kind, name }), {
        code: 'RESOURCE_ALREADY_EXISTS',
        message: `User (username=${name}) already exists.`,
      })
    }
    assert.deepEqual(await events(), [
      {
        type: 'principal.created',
        subject: 'users/Alice',
        before: undefined,
        after: { kind: 'user', name: 'Alice' },
      },
    ])
    assert.ok(!JSON.stringify(await events()).includes(PASSWORD))
    await assert.rejects(principals.create(root, { kind: 'user', name: 'b', password: 'short' }), INVALID)
    await assert.rejects(principals.create(root, { kind: 'group', name: 'g', password: PASSWORD }), INVALID)
    await assert.rejects(principals.create(root, { kind: 'user', name: 'a/b' }), INVALID)
  })

  test('who may make which accounts', async () => {
    await using db = await open()
    const { principals, root, as, user, elsewhere } = await openAccessVerbs(db)
    await user('owner', 'owner')
    await user('far-owner', 'owner', elsewhere)
    await user('contributor', 'contributor')
    await user('nobody')
    const [owner, far, contributor, nobody] = await Promise.all(
      ['owner', 'far-owner', 'contributor', 'nobody'].map((name) => as(name)),
    )
    const create = (caller: typeof owner, kind: 'user' | 'service' | 'group', name: string) =>
      principals.create(caller!, { kind, name })
    for (const caller of [owner, far]) await assert.rejects(create(caller, 'user', 'x'), DENIED)
    const robot = await create(owner, 'service', 'robot')
    assert.equal(robot.homeWorkspace, 'default')
    await assert.rejects(create(far, 'service', 'other-robot'), DENIED)
    for (const caller of [contributor, nobody]) {
      await assert.rejects(create(caller, 'user', 'x'), DENIED)
      await assert.rejects(create(caller, 'service', 'x'), DENIED)
    }
    await assert.rejects(create(owner, 'group', 'g'), DENIED)
    await user('admin')
    await principals.setAdmin(root, { name: 'admin', isAdmin: true })
    const archived = await as('admin', { ...elsewhere, archived: true })
    await create(archived, 'group', 'g')
    await create(archived, 'user', 'u')
    await assert.rejects(create(archived, 'service', 'x'), STATE)
    for (const limited of [{ onlyIn: elsewhere.key }, { readOnly: true as const }]) {
      const caller = await as('admin', elsewhere, { credential: { kind: 'personal', ...limited } })
      await assert.rejects(create(caller, 'user', 'x'), DENIED)
    }
  })

  test('everybody sees themselves, owners their members, administrators all', async () => {
    await using db = await open()
    const { principals, root, as, user, assign, elsewhere, here } = await openAccessVerbs(db)
    await user('owner', 'owner')
    await user('reader', 'reader')
    await user('far', 'reader', elsewhere)
    await user('nobody')
    await principals.create(root, { kind: 'group', name: 'vision' })
    await user('in-group')
    await principals.addMember(root, { group: 'vision', member: 'in-group' })
    await assign('vision', 'reader')
    const names = async (caller: Parameters<typeof principals.list>[0], kind: 'user' | 'group') =>
      (await principals.list(caller, { kind })).map(({ name }) => name)
    assert.deepEqual(await names(await as('reader'), 'user'), ['in-group', 'owner', 'reader'])
    assert.deepEqual(await names(await as('reader'), 'group'), ['vision'])
    assert.deepEqual(await names(await as('far', elsewhere), 'user'), ['far'])
    assert.deepEqual(await names(root, 'user'), ['far', 'in-group', 'nobody', 'owner', 'reader'])
    await assert.rejects(names(await as('nobody'), 'user'), DENIED)

    const get = async (who: string, name: string, workspace = here) =>
      principals.get(await as(who, workspace), { kind: 'user', name })
    assert.equal((await get('nobody', 'NOBODY')).name, 'nobody')
    assert.equal((await get('owner', 'reader')).name, 'reader')
    for (const hidden of ['far', 'nobody', 'who-ever']) {
      await assert.rejects(get('owner', hidden), {
        ...ABSENT,
        message: `User with username=${hidden} not found`,
      })
      await assert.rejects(get('reader', hidden), DENIED)
    }
    await assert.rejects(principals.get(await as('nobody'), { kind: 'group', name: 'nobody' }), ABSENT)
    assert.deepEqual(
      (await principals.members(await as('reader'), { group: 'vision' })).map(({ name }) => name),
      ['in-group'],
    )
    await assert.rejects(principals.members(await as('far', elsewhere), { group: 'vision' }), ABSENT)
  })

  test('groups give what they have, and take it back', async () => {
    await using db = await open()
    const { principals, root, as, user, assign, events } = await openAccessVerbs(db)
    await user('alice')
    await principals.create(root, { kind: 'group', name: 'vision' })
    await assign('vision', 'contributor')
    const may = async () => (await as('alice')).may('run.write')
    assert.equal(await may(), false)
    await principals.addMember(root, { group: 'vision', member: 'alice' })
    await principals.addMember(root, { group: 'vision', member: 'alice' })
    assert.equal(await may(), true)
    await principals.removeMember(root, { group: 'vision', member: 'alice' })
    await principals.removeMember(root, { group: 'vision', member: 'alice' })
    assert.equal(await may(), false)
    const told = (await events()).filter(({ type }) => type.startsWith('group.'))
    assert.deepEqual(
      told.map(({ type }) => type),
      ['group.member-added', 'group.member-removed'],
    )
    await principals.create(root, { kind: 'group', name: 'outer' })
    await assert.rejects(principals.addMember(root, { group: 'outer', member: 'vision' }), INVALID)
    await assert.rejects(principals.addMember(root, { group: 'alice', member: 'alice' }), ABSENT)
    await user('owner', 'owner')
    const owner = await as('owner')
    await assert.rejects(principals.addMember(owner, { group: 'vision', member: 'owner' }), DENIED)
    await assert.rejects(principals.removeMember(owner, { group: 'vision', member: 'owner' }), DENIED)

    await principals.addMember(root, { group: 'vision', member: 'alice' })
    assert.equal(await may(), true)
    await principals.delete(root, { kind: 'group', name: 'vision' })
    assert.equal(await may(), false)
  })

  test('disabling ends what was handed out, and keeps rights', async () => {
    await using db = await open()
    const { principals, root, as, user, rows } = await openAccessVerbs(db)
    await user('owner', 'owner')
    await user('alice', 'reader')
    const off = await principals.update(root, { kind: 'user', name: 'alice', disabled: true })
    assert.equal(off.disabledAt, 1_700_000_000_000)
    const stamp = async () => (await rows('principals')).find(({ name }) => name === 'alice')!.stamp
    assert.equal(await stamp(), 1)
    const on = await principals.update(root, { kind: 'user', name: 'alice', disabled: false })
    assert.deepEqual([on.disabledAt, await stamp()], [null, 1])
    assert.equal((await as('alice')).may('run.read'), true)
    const alice = await as('alice')
    await assert.rejects(principals.update(alice, { kind: 'user', name: 'alice', disabled: true }), DENIED)
    const self = await principals.update(alice, { kind: 'user', name: 'alice', displayName: 'Alice A.' })
    assert.equal(self.displayName, 'Alice A.')
    await assert.rejects(principals.update(alice, { kind: 'user', name: 'owner', displayName: 'x' }), DENIED)
    const owner = await as('owner')
    await assert.rejects(principals.update(owner, { kind: 'user', name: 'alice', disabled: true }), DENIED)
    await principals.create(root, { kind: 'group', name: 'g' })
    await assert.rejects(principals.update(root, { kind: 'group', name: 'g', disabled: true }), INVALID)
  })

  test('owners keep the service accounts of their workspace, and no others', async () => {
    await using db = await open()
    const { principals, as, user, elsewhere, here } = await openAccessVerbs(db)
    await user('owner', 'owner')
    await user('far', 'owner', elsewhere)
    await principals.create(await as('owner'), { kind: 'service', name: 'robot' })
    const service = { kind: 'service', name: 'robot' } as const
    const far = await as('far', elsewhere)
    await assert.rejects(principals.update(far, { ...service, disabled: true }), ABSENT)
    await assert.rejects(principals.delete(far, service), ABSENT)
    await assert.rejects(principals.get(far, service), ABSENT)
    const owner = await as('owner', here)
    assert.equal((await principals.list(owner, { kind: 'service' })).length, 1)
    await principals.update(owner, { ...service, disabled: true })
    await principals.delete(owner, service)
    assert.equal((await principals.list(owner, { kind: 'service' })).length, 0)
  })

  test('deleting takes everything, and a new account of the name has none of it', async () => {
    await using db = await open()
    const { principals, grants, root, as, user, thing, rows } = await openAccessVerbs(db)
    await user('alice', 'contributor')
    thing('experiment', '7')
    await grants.give(root, {
      principal: 'alice',
      kind: 'experiment',
      pattern: '7',
      right: { level: 'MANAGE' },
      effect: 'allow',
    })
    await principals.create(root, { kind: 'group', name: 'g' })
    await principals.addMember(root, { group: 'g', member: 'alice' })
    const old = await as('alice')
    await assert.rejects(principals.delete(old, { kind: 'user', name: 'alice' }), DENIED)
    await principals.delete(root, { kind: 'user', name: 'alice' })
    for (const table of ['passwords', 'grants', 'group_members', 'role_assignments'] as const) {
      assert.deepEqual(await rows(table), [], table)
    }
    await user('alice')
    const anew = await as('alice')
    assert.equal(anew.may('run.read'), false)
    assert.notEqual(anew.principal.key, old.principal.key)
    await assert.rejects(principals.delete(root, { kind: 'user', name: 'bob' }), ABSENT)
    await assert.rejects(principals.delete(root, { kind: 'group', name: 'alice' }), ABSENT)
  })

  test('administrators are made and unmade, and the last one stays', async () => {
    await using db = await open()
    const { principals, root, as, user } = await openAccessVerbs(db)
    await user('ann')
    await user('bob')
    await principals.setAdmin(root, { name: 'ann', isAdmin: true })
    const ann = await as('ann')
    assert.ok(ann.may('server.manage'))
    await assert.rejects(principals.setAdmin(await as('bob'), { name: 'bob', isAdmin: true }), DENIED)
    await assert.rejects(principals.setAdmin(ann, { name: 'ann', isAdmin: false }), STATE)
    await assert.rejects(principals.delete(root, { kind: 'user', name: 'ann' }), STATE)
    await assert.rejects(principals.update(root, { kind: 'user', name: 'ann', disabled: true }), STATE)
    await assert.rejects(principals.delete(ann, { kind: 'user', name: 'ann' }), {
      code: 'BAD_REQUEST',
      message: 'Users cannot delete their own account. Ask another admin to delete this user instead.',
    })
    // One who cannot sign in is none who could help.
    await principals.create(root, { kind: 'user', name: 'ghost' })
    await principals.setAdmin(root, { name: 'ghost', isAdmin: true })
    await assert.rejects(principals.setAdmin(ann, { name: 'ann', isAdmin: false }), STATE)
    await principals.setAdmin(ann, { name: 'bob', isAdmin: true })
    await principals.setAdmin(ann, { name: 'ann', isAdmin: false })
    assert.equal((await as('ann')).may('server.manage'), false)
    await principals.create(root, { kind: 'service', name: 'robot' })
    await assert.rejects(principals.setAdmin(root, { name: 'robot', isAdmin: true }), INVALID)
  })

  test('of two administrators who unmake each other at once one stays', async () => {
    await using db = await open()
    const { principals, root, user } = await openAccessVerbs(db)
    for (const name of ['ann', 'bob']) {
      await user(name)
      await principals.setAdmin(root, { name, isAdmin: true })
    }
    const done = await Promise.allSettled(
      ['ann', 'bob'].map((name) => principals.setAdmin(root, { name, isAdmin: false })),
    )
    assert.deepEqual(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const left = await principals.list(root, { kind: 'user' })
    assert.equal(left.filter(({ isAdmin }) => isAdmin).length, 1)
  })

  test('a workspace keeps an owner who can sign in', async () => {
    await using db = await open()
    const { principals, roles, root, user, assign, roleKey, as, elsewhere } = await openAccessVerbs(db)
    await user('ann')
    await principals.create(root, { kind: 'group', name: 'bosses' })
    await principals.addMember(root, { group: 'bosses', member: 'ann' })
    await assign('bosses', 'owner', elsewhere)
    const owner = await roleKey('owner', elsewhere)
    const leaving = { code: 'INVALID_STATE', message: /'elsewhere' without an owner/ }
    await assert.rejects(roles.unassign(root, { principal: 'bosses', roleKey: owner }), leaving)
    await assert.rejects(principals.removeMember(root, { group: 'bosses', member: 'ann' }), leaving)
    await assert.rejects(principals.delete(root, { kind: 'group', name: 'bosses' }), leaving)
    await assert.rejects(principals.delete(root, { kind: 'user', name: 'ann' }), leaving)
    await assert.rejects(principals.update(root, { kind: 'user', name: 'ann', disabled: true }), leaving)
    assert.ok((await as('ann', elsewhere)).may('workspace.manage'))
    await user('bob', 'owner', elsewhere)
    await principals.delete(root, { kind: 'group', name: 'bosses' })
    await assert.rejects(roles.unassign(root, { principal: 'bob', roleKey: owner }), leaving)
  })
})
