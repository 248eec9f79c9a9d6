import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROLES } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { Roles } from '../access.ts'
import { openAccessVerbs } from '../decisions/testing/open-access-verbs.ts'
import { accessMigrations } from '../index.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const STATE = { code: 'INVALID_STATE' }
const EXISTS = { code: 'RESOURCE_ALREADY_EXISTS' }
const noRole = (key: number) => ({
  code: 'RESOURCE_DOES_NOT_EXIST',
  message: `Role with id=${key} not found`,
})

eachEngine('roles', [eventsMigrations, accessMigrations], (open) => {
  test('every workspace has the built-in ones, and they cannot be changed', async () => {
    await using db = await open()
    const { roles, root, roleKey } = await openAccessVerbs(db)
    const listed = await roles.list(root, { workspaces: ['default'] })
    assert.deepEqual(
      listed.map(({ name, builtIn, permissions }) => [name, builtIn, permissions]),
      Object.entries(ROLES).map(([name, { permissions }]) => [name, true, permissions]),
    )
    assert.equal((await roles.list(root, {})).length, 10)
    const key = await roleKey('reader')
    assert.equal((await roles.get(root, { roleKey: key })).name, 'reader')
    await assert.rejects(roles.update(root, { roleKey: key, name: 'x' }), STATE)
    await assert.rejects(roles.delete(root, { roleKey: key }), STATE)
    const grant = { kind: 'run', pattern: '*', right: { level: 'READ' }, effect: 'allow' } as const
    await assert.rejects(roles.addGrant(root, { roleKey: key, ...grant }), STATE)
  })

  test('a custom role gives what it says, and changes for everybody at once', async () => {
    await using db = await open()
    const { roles, root, as, user, assign, elsewhere, events } = await openAccessVerbs(db)
    const made = await roles.create(root, {
      workspace: 'default',
      name: 'annotator',
      description: 'looks',
      permissions: ['trace.write', 'experiment.read', 'trace.write'],
    })
    assert.deepEqual(
      [made.workspace, made.name, made.description, made.builtIn, made.permissions],
      [
        'default',
        'annotator',
        'looks',
        false,
        ['experiment.read', 'run.read', 'artifact.read', 'trace.read', 'trace.write'],
      ],
    )
    assert.equal(made.grants.length, 2)
    await user('alice')
    await assign('alice', 'annotator')
    const may = async (permission: 'trace.write' | 'model.read') => (await as('alice')).may(permission)
    assert.deepEqual([await may('trace.write'), await may('model.read')], [true, false])
    assert.equal((await as('alice', elsewhere)).may('trace.write'), false)
    const changed = await roles.update(root, {
      roleKey: made.key,
      name: 'looker',
      permissions: ['model.read'],
    })
    assert.deepEqual(
      [changed.name, changed.description, changed.permissions],
      ['looker', 'looks', ['model.read']],
    )
    assert.deepEqual([await may('trace.write'), await may('model.read')], [false, true])
    await roles.delete(root, { roleKey: made.key })
    assert.equal(await may('model.read'), false)
    await assert.rejects(roles.get(root, { roleKey: made.key }), noRole(made.key))
    const told = (await events()).filter(({ type }) => type.startsWith('role.'))
    assert.deepEqual(
      told.map(({ type, subject }) => [type, subject]),
      [
        ['role.created', 'roles/annotator'],
        ['role.assigned', 'roles/annotator'],
        ['role.updated', 'roles/annotator'],
        ['role.deleted', 'roles/looker'],
      ],
    )
  })

  test('names and permissions that are refused, in words that MLflow has', async () => {
    await using db = await open()
    const { roles, root } = await openAccessVerbs(db)
    const create = (name: string, more: Partial<Parameters<Roles['create']>[1]> = {}) =>
      roles.create(root, { workspace: 'default', name, ...more })
    await assert.rejects(create(''), { ...INVALID, message: 'Role name cannot be empty.' })
    await assert.rejects(create('x', { workspace: '' }), {
      ...INVALID,
      message: 'Workspace cannot be empty.',
    })
    await assert.rejects(create('__user_4__'), {
      ...INVALID,
      message:
        "Role name '__user_4__' uses the reserved '__user_' prefix, which is held for the per-user permission representation. Choose a different name.",
    })
    for (const name of ['a/b', ' a', 'a b', 'a\n', '.a', '\u043ewner', 'x'.repeat(129)]) {
      await assert.rejects(create(name), INVALID)
    }
    await assert.rejects(create('x', { description: 'x'.repeat(5001) }), INVALID)
    for (const permission of ['server.manage', 'run.destroy', 'constructor']) {
      await assert.rejects(create('x', { permissions: [permission] }), INVALID, permission)
    }
    await create('x')
    const other = await create('y')
    await assert.rejects(create('x'), {
      ...EXISTS,
      message: 'Role (name=x, workspace=default) already exists.',
    })
    for (const name of ['owner', 'Owner', 'DATA-Scientist', 'X']) await assert.rejects(create(name), EXISTS)
    await assert.rejects(roles.update(root, { roleKey: other.key, name: 'READER' }), EXISTS)
    await roles.update(root, { roleKey: other.key, name: 'Y' })
    await roles.create(root, { workspace: 'elsewhere', name: 'x' })
    await assert.rejects(roles.update(root, { roleKey: other.key, name: 'x' }), {
      ...EXISTS,
      message: 'Role with name=x already exists in workspace=default',
    })
    await assert.rejects(roles.update(root, { roleKey: other.key }), {
      ...INVALID,
      message: "At least one of 'name' or 'description' must be provided to update a role.",
    })
    await assert.rejects(create('z', { workspace: 'nowhere' }), { message: "Workspace 'nowhere' not found" })
  })

  test('the workspace of the role decides, and others do not learn that it exists', async () => {
    await using db = await open()
    const { roles, root, as, user, elsewhere } = await openAccessVerbs(db)
    const { key: roleKey } = await roles.create(root, { workspace: 'default', name: 'annotator' })
    const grant = { kind: 'run', pattern: '*', right: { level: 'READ' }, effect: 'allow' } as const
    const { key: grantKey } = await roles.addGrant(root, { roleKey, ...grant })
    await user('owner', 'owner')
    await user('far', 'owner', elsewhere)
    await user('reader', 'reader')
    const calls: ((caller: Awaited<ReturnType<typeof as>>) => Promise<unknown>)[] = [
      (c) => roles.update(c, { roleKey, description: 'x' }),
      (c) => roles.assign(c, { principal: 'reader', roleKey }),
      (c) => roles.unassign(c, { principal: 'reader', roleKey }),
      (c) => roles.addGrant(c, { roleKey, ...grant, kind: 'trace' }),
    ]
    const onGrant: typeof calls = [
      (c) => roles.changeGrant(c, { grantKey, right: { level: 'EDIT' }, effect: 'allow' }),
      (c) => roles.removeGrant(c, { grantKey }),
    ]
    const seeing: typeof calls = [(c) => roles.get(c, { roleKey }), (c) => roles.holders(c, { roleKey })]
    const far = await as('far', elsewhere)
    for (const call of [...calls, ...seeing, (c: typeof far) => roles.delete(c, { roleKey })]) {
      await assert.rejects(call(far), noRole(roleKey))
    }
    for (const call of onGrant) {
      await assert.rejects(call(far), { message: `Role permission with id=${grantKey} not found` })
    }
    const reader = await as('reader')
    for (const call of [...calls, ...onGrant]) await assert.rejects(call(reader), DENIED)
    for (const call of seeing) await call(reader)
    await assert.rejects(roles.create(reader, { workspace: 'default', name: 'x' }), DENIED)
    await assert.rejects(roles.create(far, { workspace: 'default', name: 'x' }), {
      message: "Workspace 'default' not found",
    })
    await assert.rejects(roles.list(reader, {}), DENIED)
    await assert.rejects(roles.list(far, { workspaces: ['default'] }), {
      message: "Workspace 'default' not found",
    })
    // The request may name another workspace than the role's: MLflow's pages ask at the root.
    const owner = await as('owner', elsewhere)
    for (const call of [...calls, ...onGrant, ...seeing]) await call(owner)
    for (const limited of [{ readOnly: true as const }, { onlyIn: elsewhere.key }]) {
      const caller = await as('owner', undefined, { credential: { kind: 'personal', ...limited } })
      const refused = roles.update(caller, { roleKey, description: 'y' })
      await assert.rejects(refused, 'readOnly' in limited ? DENIED : noRole(roleKey))
    }
  })

  test('roles are given once and taken once', async () => {
    await using db = await open()
    const { roles, root, user, roleKey, as, principals, rootElsewhere } = await openAccessVerbs(db)
    const alice = await user('alice')
    const key = await roleKey('reader')
    const given = await roles.assign(root, { principal: 'ALICE', roleKey: key })
    assert.deepEqual(
      { ...given, key: 0 },
      {
        key: 0,
        workspace: 'default',
        principalKey: alice.key,
        principal: 'alice',
        principalKind: 'user',
        roleKey: key,
        role: 'reader',
        source: 'manual',
      },
    )
    await assert.rejects(roles.assign(root, { principal: 'alice', roleKey: key }), {
      ...EXISTS,
      message: `User role assignment (user_id=${alice.key}, role_id=${key}) already exists`,
    })
    assert.deepEqual(await roles.assignments(await as('alice')), [given])
    assert.deepEqual(await roles.assignments(rootElsewhere), [])
    assert.deepEqual(await roles.holders(root, { roleKey: key }), [given])
    await roles.unassign(root, { principal: 'alice', roleKey: key })
    await assert.rejects(roles.unassign(root, { principal: 'alice', roleKey: key }), {
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `User role assignment (user_id=${alice.key}, role_id=${key}) not found`,
    })
    await assert.rejects(roles.assign(root, { principal: 'bob', roleKey: key }), {
      message: 'User with username=bob not found',
    })
    await assert.rejects(roles.assign(root, { principal: 'alice', roleKey: 999 }), noRole(999))
    await principals.create(rootElsewhere, { kind: 'service', name: 'robot' })
    await assert.rejects(roles.assign(root, { principal: 'robot', roleKey: key }), {
      message: 'User with username=robot not found',
    })
  })

  test('whose roles one may ask for', async () => {
    await using db = await open()
    const { roles, principals, root, user, as, assign, here, elsewhere } = await openAccessVerbs(db)
    await user('owner', 'owner')
    await user('alice', 'reader')
    await assign('alice', 'operator', elsewhere)
    await principals.create(root, { kind: 'group', name: 'g' })
    await principals.addMember(root, { group: 'g', member: 'alice' })
    await assign('g', 'contributor')
    await user('nobody')
    const of = async (caller: string, principal: string) =>
      (await roles.of(await as(caller), { principal })).map(({ workspace, name }) => `${workspace} ${name}`)
    const all = ['default contributor', 'default reader', 'elsewhere operator']
    assert.deepEqual(await of('alice', 'alice'), all)
    assert.deepEqual((await roles.of(root, { principal: 'alice' })).length, 3)
    assert.deepEqual(await of('owner', 'alice'), all.slice(0, 2))
    await assert.rejects(of('alice', 'owner'), DENIED)
    await assert.rejects(of('alice', 'bob'), DENIED)
    for (const unknown of ['nobody', 'bob']) {
      await assert.rejects(of('owner', unknown), { message: `User with username=${unknown} not found` })
    }
    assert.deepEqual(await of('nobody', 'nobody'), [])
    const narrow = (name: string) => as(name, here, { credential: { kind: 'personal', onlyIn: here.key } })
    const told = await roles.of(await narrow('alice'), { principal: 'alice' })
    assert.deepEqual(
      told.map(({ workspace, name }) => `${workspace} ${name}`),
      all.slice(0, 2),
    )
    assert.deepEqual(await roles.of(await narrow('nobody'), { principal: 'nobody' }), [])
  })

  test('rows of a role name things of its workspace', async () => {
    await using db = await open()
    const { roles, root, user, as, assign, thing, forgetThing, elsewhere } = await openAccessVerbs(db)
    const { key: roleKey } = await roles.create(root, { workspace: 'default', name: 'annotator' })
    const key = thing('experiment', '7')
    thing('experiment', '8', elsewhere)
    await user('alice')
    await assign('alice', 'annotator')
    const add = (pattern: string, more = {}) =>
      roles.addGrant(root, {
        roleKey,
        kind: 'experiment',
        pattern,
        right: { level: 'EDIT' },
        effect: 'allow',
        ...more,
      })
    const grant = await add('7')
    assert.deepEqual(
      { ...grant, key: 0 },
      {
        key: 0,
        kind: 'experiment',
        pattern: '7',
        right: { level: 'EDIT' },
        effect: 'allow',
        createdAt: 1_700_000_000_000,
        createdBy: 'local-owner',
      },
    )
    const may = async () => (await as('alice')).may('run.write', key)
    assert.equal(await may(), true)
    await assert.rejects(add('7'), {
      ...EXISTS,
      message: `Role permission (role_id=${roleKey}, resource_type=experiment, resource_pattern=7) already exists.`,
    })
    await assert.rejects(add('8'), { message: 'No Experiment with id=8 exists' })
    await assert.rejects(add('m', { kind: 'registered_model' }), {
      message: 'Registered Model with name=m not found',
    })
    const { roleKey: ofRole, ...changed } = await roles.changeGrant(root, {
      grantKey: grant.key,
      right: { level: 'READ' },
      effect: 'deny',
    })
    assert.deepEqual([changed.right, changed.effect, await may()], [{ level: 'READ' }, 'deny', false])
    assert.equal(ofRole, roleKey)
    assert.deepEqual((await roles.get(root, { roleKey })).grants, [changed])
    await assert.rejects(
      roles.changeGrant(root, { grantKey: grant.key, right: { permission: 'run.read' }, effect: 'deny' }),
      INVALID,
    )
    forgetThing('experiment', '7')
    assert.deepEqual((await roles.get(root, { roleKey })).grants, [])
    thing('experiment', '9')
    const other = await add('9')
    await roles.removeGrant(root, { grantKey: other.key })
    await assert.rejects(roles.removeGrant(root, { grantKey: other.key }), {
      message: `Role permission with id=${other.key} not found`,
    })
  })

  test('a role that makes owners is not taken from the last one', async () => {
    await using db = await open()
    const { roles, root, user, assign, as } = await openAccessVerbs(db)
    const { key: roleKey } = await roles.create(root, { workspace: 'default', name: 'boss' })
    const grant = await roles.addGrant(root, {
      roleKey,
      kind: 'workspace',
      pattern: '*',
      right: { level: 'MANAGE' },
      effect: 'allow',
    })
    await user('ann')
    await assign('ann', 'boss')
    assert.ok((await as('ann')).may('workspace.manage'))
    await assert.rejects(roles.removeGrant(root, { grantKey: grant.key }), STATE)
    await assert.rejects(
      roles.changeGrant(root, { grantKey: grant.key, right: { level: 'USE' }, effect: 'allow' }),
      STATE,
    )
    await assert.rejects(roles.delete(root, { roleKey }), STATE)
    await user('bob', 'owner')
    await roles.delete(root, { roleKey })
    assert.equal((await as('ann')).may('workspace.read'), false)
  })

  test('of two who take the last owners away at once one is refused', async () => {
    await using db = await open()
    const { roles, root, user, roleKey } = await openAccessVerbs(db)
    await user('ann', 'owner')
    await user('bob', 'owner')
    const key = await roleKey('owner')
    const done = await Promise.allSettled(
      ['ann', 'bob'].map((principal) => roles.unassign(root, { principal, roleKey: key })),
    )
    assert.deepEqual(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  })
})
