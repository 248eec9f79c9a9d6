import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audienceOf } from '@orrery/base/contract'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { AccessTables } from '../access-tables.ts'
import { makeChanges } from '../changes.ts'
import { makeFindWorkspace } from '../find-workspace.ts'
import { accessMigrations } from '../index.ts'
import { keepUser } from '../testing/keep-user.ts'
import { openWorkspaces } from '../testing/open-workspaces.ts'

const MODULES = [eventsMigrations, accessMigrations]
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const DENIED = { code: 'PERMISSION_DENIED' }
const absent = (name: string) => ({
  code: 'RESOURCE_DOES_NOT_EXIST',
  message: `Workspace '${name}' not found`,
})

eachEngine('workspaces', MODULES, (open) => {
  test('a new workspace has its properties, its built-in roles and what every workspace has', async () => {
    await using db = await open()
    const { workspaces, here, prepared, rowsOf, events } = await openWorkspaces(db)
    const made = await workspaces.create(here, {
      name: 'vision',
      friendlyName: 'Vision',
      description: 'Cameras',
      subscriptionId: 's-1',
      resourceGroup: 'rg',
      location: 'westeurope',
      defaultArtifactRoot: '  s3://bucket/vision ',
      traceArchivalRetention: '30d',
      tags: { team: 'x', cost: '7' },
      maxTokenLifeMs: 60_000,
    })
    const { key, id, ...details } = made
    assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.deepEqual(details, {
      name: 'vision',
      friendlyName: 'Vision',
      description: 'Cameras',
      subscriptionId: 's-1',
      resourceGroup: 'rg',
      location: 'westeurope',
      defaultArtifactRoot: 's3://bucket/vision',
      traceArchivalLocation: '',
      traceArchivalRetention: '30d',
      maxTokenLifeMs: 60_000,
      tags: { cost: '7', team: 'x' },
      createdAt: 1_700_000_000_000,
      createdBy: 'local-owner',
      updatedAt: 1_700_000_000_000,
      archivedAt: null,
    })
    assert.deepEqual(prepared, [{ key, name: 'vision', artifactRoot: 's3://bucket/vision' }])
    assert.equal(await rowsOf('roles', key), 5)
    assert.deepEqual(await workspaces.get(here, { name: 'vision' }), made)
    assert.deepEqual(await events(), [
      {
        type: 'workspace.created',
        subject: 'workspaces/vision',
        before: undefined,
        after: { name: 'vision' },
      },
    ])
  })

  test('what happens to a workspace is told in it, wherever it was asked for; its end is told where it was asked for', async () => {
    await using db = await open()
    const { workspaces, here, toldIn } = await openWorkspaces(db)
    const { key } = await workspaces.create(here, { name: 'vision' })
    await workspaces.update(here, { name: 'vision', description: 'a' })
    await workspaces.setArchived(here, { name: 'vision', archived: true })
    await workspaces.setArchived(here, { name: 'vision', archived: false })
    await workspaces.delete(here, { name: 'vision', confirm: 'vision' })
    assert.deepEqual(await toldIn(), [
      ['workspace.created', key],
      ['workspace.updated', key],
      ['workspace.archived', key],
      ['workspace.restored', key],
      ['workspace.deleted', here.workspace.key],
    ])
    assert.equal(audienceOf('workspace.deleted'), 'audit.read')
  })

  test('a name is taken once, and also of twenty at once one gets it', async () => {
    await using db = await open()
    const { workspaces, here, events } = await openWorkspaces(db)
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, () => workspaces.create(here, { name: 'vision' })),
    )
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(workspaces.create(here, { name: 'vision' }), {
      code: 'RESOURCE_ALREADY_EXISTS',
      message: "Workspace 'vision' already exists.",
    })
    await assert.rejects(workspaces.create(here, { name: 'default' }), {
      ...INVALID,
      message: "The 'default' workspace is reserved and cannot be created",
    })
    await assert.rejects(workspaces.create(here, { name: 'Vision' }), INVALID)
    assert.equal((await events()).length, 1)
  })

  test('only administrators make workspaces, and whoever else may make one owns it', async () => {
    await using db = await open()
    const { workspaces, here, as, hold, rowsOf } = await openWorkspaces(db)
    hold('ada', here.workspace, 'owner')
    const ada = as('ada', here.workspace, await keepUser(db, 'ada'))
    await assert.rejects(workspaces.create(ada, { name: 'vision' }), DENIED)
    await assert.rejects(workspaces.create(ada, { name: 'default' }), DENIED)
    const mine = await workspaces.create({ ...ada, may: () => true }, { name: 'mine' })
    assert.equal(await rowsOf('role_assignments', mine.key), 1)
    const root = as('root', here.workspace, await keepUser(db, 'root', 1))
    const other = await workspaces.create({ ...root, may: () => true }, { name: 'other' })
    assert.equal(await rowsOf('role_assignments', other.key), 0)
  })

  test('an archived workspace of the request keeps nobody from making another', async () => {
    await using db = await open()
    const { workspaces, here } = await openWorkspaces(db)
    const archived = { ...here, workspace: { ...here.workspace, archived: true } }
    assert.equal((await workspaces.create(archived, { name: 'vision' })).name, 'vision')
  })

  test('whoever has no role in a workspace is told that it does not exist', async () => {
    await using db = await open()
    const { workspaces, here, elsewhere, as, hold, asked } = await openWorkspaces(db)
    hold('ada', here.workspace, 'owner')
    const ada = as('ada', here.workspace)
    const calls = (name: string) => [
      () => workspaces.get(ada, { name }),
      () => workspaces.update(ada, { name, description: 'x' }),
      () => workspaces.setArchived(ada, { name, archived: true }),
      () => workspaces.losses(ada, { name }),
      () => workspaces.delete(ada, { name, confirm: name }),
      () => workspaces.delete(ada, { name, confirm: 'other' }),
      () => workspaces.delete(ada, { name, confirm: { onlyEmpty: true } }),
    ]
    for (const name of ['elsewhere', 'nowhere']) {
      for (const call of calls(name)) await assert.rejects(call, absent(name))
    }
    assert.deepEqual(asked, [...Array(7).fill('ada in elsewhere'), ...Array(7).fill('ada in nowhere')])
    for (const call of calls('x#2')) await assert.rejects(call, INVALID)
    assert.equal((await workspaces.get(elsewhere, { name: 'elsewhere' })).description, '')
  })

  test('a reader sees a workspace and changes nothing of it', async () => {
    await using db = await open()
    const { workspaces, elsewhere, here, as, hold } = await openWorkspaces(db)
    hold('ray', elsewhere.workspace, 'reader')
    const ray = as('ray', here.workspace)
    assert.equal((await workspaces.get(ray, { name: 'elsewhere' })).name, 'elsewhere')
    const name = 'elsewhere'
    await assert.rejects(workspaces.update(ray, { name, description: 'x' }), DENIED)
    await assert.rejects(workspaces.update(ray, { name }), DENIED)
    await assert.rejects(workspaces.setArchived(ray, { name, archived: true }), DENIED)
    await assert.rejects(workspaces.losses(ray, { name }), DENIED)
    await assert.rejects(workspaces.delete(ray, { name, confirm: 'other' }), DENIED)
    await assert.rejects(workspaces.get(ray, { name: 'default' }), absent('default'))
  })

  test('lists are by name and have only those in which the caller has a role or a grant', async () => {
    await using db = await open()
    const { workspaces, here, as, hold, make } = await openWorkspaces(db)
    const [b, a, c] = [await make('bb'), await make('aa'), await make('cc')]
    const names = async (caller: typeof here) => (await workspaces.list(caller)).map(({ name }) => name)
    assert.deepEqual(await names(here), ['aa', 'bb', 'cc', 'default', 'elsewhere'])
    const [ada, group] = [await keepUser(db, 'ada'), await keepUser(db, 'vision')]
    const tables = <Row extends object>(table: keyof AccessTables, row: Row) =>
      db.inTx(async (tx) => {
        await tx
          .tables<AccessTables>()
          .insertInto(table)
          .values(row as never)
          .execute()
      })
    const grant = {
      role_key: 0,
      kind: 'experiment',
      target: 1,
      level: 'READ',
      permission: '',
      effect: 'allow',
    }
    const made = { created_at: 1, created_by: '' }
    await tables('group_members', { group_key: group, member_key: ada, source: 'manual' })
    await tables('role_assignments', {
      workspace_key: b.key,
      principal_key: group,
      role_key: 1,
      source: 'manual',
      ...made,
    })
    await tables('grants', { workspace_key: a.key, principal_key: ada, ...grant, ...made })
    await tables('grants', { workspace_key: c.key, principal_key: ada + 100, ...grant, ...made })
    // What a credential reaches is decided by `callerIn`: rows alone do not open a workspace.
    assert.deepEqual(await names(as('ada', here.workspace, ada)), [])
    for (const workspace of [a, b, c]) hold('ada', workspace, 'reader')
    assert.deepEqual(await names(as('ada', here.workspace, ada)), ['aa', 'bb'])
  })

  test('an update changes what is given, takes away by an empty text, and tells what changed', async () => {
    await using db = await open()
    const { workspaces, here, later, events } = await openWorkspaces(db)
    await workspaces.create(here, {
      name: 'vision',
      description: 'a',
      location: 'l',
      tags: { k: 'v', l: 'w' },
    })
    later(5)
    const after = await workspaces.update(here, {
      name: 'vision',
      description: '',
      location: 'l',
      tags: { k: 'x' },
      maxTokenLifeMs: 1000,
    })
    assert.deepEqual(
      [
        after.description,
        after.location,
        after.tags,
        after.maxTokenLifeMs,
        after.updatedAt - after.createdAt,
      ],
      ['', 'l', { k: 'x' }, 1000, 5],
    )
    const [, told] = await events()
    assert.deepEqual(told, {
      type: 'workspace.updated',
      subject: 'workspaces/vision',
      before: { description: 'a', tags: { k: 'v', l: 'w' }, maxTokenLifeMs: null },
      after: { description: '', tags: { k: 'x' }, maxTokenLifeMs: 1000 },
    })
    await workspaces.update(here, { name: 'vision', location: 'l' })
    assert.equal((await events()).length, 2)
    await assert.rejects(workspaces.update(here, { name: 'vision' }), {
      ...INVALID,
      message: 'Workspace update must have at least one key',
    })
    await assert.rejects(workspaces.update(here, { name: 'Vision', description: 'x' }), INVALID)
  })

  test('a contributor changes a description and not the life of tokens', async () => {
    await using db = await open()
    const { workspaces, here, elsewhere, as, hold } = await openWorkspaces(db)
    hold('con', elsewhere.workspace, 'contributor')
    const con = as('con', here.workspace)
    const name = 'elsewhere'
    assert.equal((await workspaces.update(con, { name, description: 'd' })).description, 'd')
    await assert.rejects(workspaces.update(con, { name, maxTokenLifeMs: null }), DENIED)
    await assert.rejects(workspaces.update(con, { name, description: 'e', maxTokenLifeMs: 5 }), DENIED)
    assert.equal((await workspaces.get(con, { name })).description, 'd')
  })

  test('an archived workspace refuses every change but its own restoring', async () => {
    await using db = await open()
    const { workspaces, here, events, findWorkspace, deps } = await openWorkspaces(db)
    const name = 'elsewhere'
    await deps.changes.follow()
    assert.equal((await findWorkspace(name)).archived, undefined)
    const archived = await workspaces.setArchived(here, { name, archived: true })
    assert.equal(archived.archivedAt, 1_700_000_000_000)
    assert.equal((await findWorkspace(name)).archived, true)
    await workspaces.setArchived(here, { name, archived: true })
    const ARCHIVED = { code: 'INVALID_STATE' }
    await assert.rejects(workspaces.update(here, { name, description: 'x' }), ARCHIVED)
    await assert.rejects(workspaces.delete(here, { name, confirm: name }), ARCHIVED)
    assert.equal((await workspaces.get(here, { name })).description, '')
    assert.deepEqual(await workspaces.losses(here, { name }), [])
    assert.equal((await workspaces.setArchived(here, { name, archived: false })).archivedAt, null)
    assert.equal((await findWorkspace(name)).archived, undefined)
    await workspaces.update(here, { name, description: 'x' })
    assert.deepEqual(
      (await events()).map(({ type }) => type),
      ['workspace.archived', 'workspace.restored', 'workspace.updated'],
    )
  })

  test('a workspace from before there were ids gets one, and its roles', async () => {
    await using db = await open()
    const { workspaces, here, make, rowsOf } = await openWorkspaces(db)
    const old = await make('older')
    await db.inTx(async (tx) => {
      const tables = tx.tables<AccessTables>()
      await tables.updateTable('workspaces').set({ workspace_id: null, updated_at: null }).execute()
      await tables.deleteFrom('roles').where('name', '<>', 'owner').execute()
    })
    const before = await workspaces.get(here, { name: 'older' })
    assert.deepEqual([before.id, before.updatedAt], ['', before.createdAt])
    await make('older')
    const { id } = await workspaces.get(here, { name: 'older' })
    assert.match(id, /^[0-9a-f-]{36}$/)
    await make('older')
    assert.equal((await workspaces.get(here, { name: 'older' })).id, id)
    assert.equal(await rowsOf('roles', old.key), 5)
  })

  test('another server hears of each change when it asks', async () => {
    await using db = await open()
    const { workspaces, here, make, deps } = await openWorkspaces(db)
    const changes = makeChanges({ db, clock: deps.clock })
    const findWorkspace = makeFindWorkspace({ db, changes })
    const vision = await make('vision')
    await changes.follow()
    assert.deepEqual(await findWorkspace('vision'), vision)
    await workspaces.setArchived(here, { name: 'vision', archived: true })
    await changes.follow()
    assert.deepEqual(await findWorkspace('vision'), { ...vision, archived: true })
    await workspaces.setArchived(here, { name: 'vision', archived: false })
    await workspaces.delete(here, { name: 'vision', confirm: 'vision' })
    await changes.follow()
    await assert.rejects(async () => findWorkspace('vision'), { code: 'RESOURCE_DOES_NOT_EXIST' })
    const again = await workspaces.create(here, { name: 'vision' })
    assert.equal((await findWorkspace('vision')).key, again.key)
  })

  test('what was read before a change and comes after it is not remembered', async () => {
    await using db = await open()
    const { workspaces, here, make, deps } = await openWorkspaces(db)
    await make('vision')
    await deps.changes.follow()
    let change = async () => {}
    const slow = {
      ...db,
      read: Object.assign(Object.create(db.read), {
        async first(...args: Parameters<typeof db.read.first>) {
          const row = await db.read.first(...args)
          await change()
          return row
        },
      }),
    }
    const findWorkspace = makeFindWorkspace({ db: slow, changes: deps.changes })
    change = async () => void (await workspaces.setArchived(here, { name: 'vision', archived: true }))
    assert.equal((await findWorkspace('vision')).archived, undefined)
    change = async () => {}
    assert.equal((await findWorkspace('vision')).archived, true)
  })

  test('what a request finds is forgotten with each change, and nobody finds what was deleted', async () => {
    await using db = await open()
    const { workspaces, here, findWorkspace, deps, make } = await openWorkspaces(db)
    await make('vision')
    await deps.changes.follow()
    const found = await findWorkspace('vision')
    assert.equal(await findWorkspace('vision'), found)
    await workspaces.update(here, { name: 'vision', defaultArtifactRoot: 's3://b/x' })
    assert.equal((await findWorkspace('vision')).artifactRoot, 's3://b/x')
    await workspaces.delete(here, { name: 'vision', confirm: 'vision' })
    for (const name of ['vision', `vision#${found.key}`, 'nowhere']) {
      await assert.rejects(async () => findWorkspace(name), {
        code: 'RESOURCE_DOES_NOT_EXIST',
        message: `No workspace is named '${name}'.`,
      })
    }
  })
})
