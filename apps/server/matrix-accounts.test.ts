import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type AccountServer, basic, bearer, serveAccounts } from './http/testing/serve-accounts.ts'
import { MIGRATIONS } from './migrations.ts'
import { allRoutes, type RouteMeans } from './routes.ts'

/*
 * Routes whose gate says less than what is needed: for whoever has an account (`signed-in`), and what only administrators
 * do. The verb decides, in the workspace that the message is about and not in the one of the request. So everybody asks
 * everything, from everywhere, and here it stands who may.
 */

// biome-ignore lint/suspicious/noExplicitAny: only the declarations are looked at
const nothing: any = new Proxy(() => undefined, { get: () => nothing })
const signedIn = allRoutes(nothing as RouteMeans)
  .filter(({ declaration }) => declaration.needs === 'signed-in')
  .map(({ declaration }) => declaration.name)

/** `alone`: an account without a role anywhere. `foreigner` owns the workspace `speech`; the others are in `vision`. */
const PEOPLE = ['root', 'owner', 'contributor', 'reader', 'bystander', 'foreigner', 'alone'] as const

type Name = (typeof PEOPLE)[number]

const ADMIN: readonly Name[] = ['root']
const OWNERS: readonly Name[] = ['root', 'owner']
const WITH_READER: readonly Name[] = ['root', 'owner', 'reader']
const WRITERS: readonly Name[] = ['root', 'contributor', 'owner']
const READERS: readonly Name[] = ['root', 'owner', 'contributor', 'reader']
const MEMBERS: readonly Name[] = [...READERS, 'bystander']

/** Routes about oneself, which name nobody else. */
const OF_ONESELF = [
  'mlflowWorkspaces.list',
  'sessions.endAll',
  'sessions.list',
  'status.show',
  'tokens.create',
  'tokens.createTracking',
  'tokens.list',
  'tokens.renew',
  'users.current',
  'users.currentPermissions',
  'workspaces.list',
]

interface Ids {
  readonly role: number
  readonly right: number
  readonly token: string
  readonly session: string
}

interface Row {
  readonly route: string
  readonly who: readonly Name[]
  readonly ask: (ids: Ids) => readonly [method: string, path: string, body?: object]
}

const v2 = (path: string) => `/api/2.0/mlflow/${path}`
const v3 = (path: string) => `/api/3.0/mlflow/${path}`
const own = (path: string) => `/api/orrery/v1/${path}`
const row = (route: string, who: readonly Name[], ask: Row['ask']): Row => ({ route, who, ask })
const READER = { username: 'reader' }

/** What takes something away stands last. */
const ROWS: readonly Row[] = [
  row('mlflowWorkspaces.get', MEMBERS, () => ['GET', v3('workspaces/vision')]),
  row('mlflowWorkspaces.create', ADMIN, () => ['POST', v3('workspaces'), { name: 'made' }]),
  row('mlflowWorkspaces.update', WRITERS, () => ['PATCH', v3('workspaces/vision'), { description: 'x' }]),
  row('workspaces.get', MEMBERS, () => ['GET', own('workspaces/vision')]),
  row('workspaces.config', MEMBERS, () => ['GET', own('workspaces/vision/config')]),
  row('workspaces.create', ADMIN, () => ['POST', own('workspaces'), { name: 'made-too' }]),
  row('workspaces.update', WRITERS, () => ['PATCH', own('workspaces/vision'), { description: 'x' }]),
  row('workspaces.losses', OWNERS, () => ['GET', own('workspaces/vision/losses')]),
  row('workspaces.setArchived', OWNERS, () => [
    'PUT',
    own('workspaces/vision/archived'),
    { archived: false },
  ]),
  row('users.create', ADMIN, () => [
    'POST',
    v2('users/create'),
    { username: 'new', password: 'x'.repeat(12) },
  ]),
  row('users.get', WITH_READER, () => ['GET', v2('users/get?username=reader')]),
  row('users.updatePassword', ADMIN, () => [
    'PATCH',
    v2('users/update-password'),
    { username: 'someone', password: 'correct horse battery' },
  ]),
  row('users.updateAdmin', ADMIN, () => ['PATCH', v2('users/update-admin'), { ...READER, is_admin: false }]),
  row('users.permissions', WITH_READER, () => ['GET', v3('users/permissions/list?username=reader')]),
  row('users.listRoles', WITH_READER, () => ['GET', v3('users/roles/list?username=reader')]),
  row('principals.get', WITH_READER, () => ['GET', own('principals/user/reader')]),
  row('principals.update', ADMIN, () => ['PATCH', own('principals/user/reader'), { disabled: false }]),
  row('access.explain', WITH_READER, () => [
    'GET',
    own('access/explain?principal=reader&permission=run.write'),
  ]),
  row('roles.list', MEMBERS, () => ['GET', v3('roles/list?workspace=vision')]),
  row('roles.get', MEMBERS, ({ role }) => ['GET', v3(`roles/get?role_id=${role}`)]),
  row('roles.listPermissions', MEMBERS, ({ role }) => ['GET', v3(`roles/permissions/list?role_id=${role}`)]),
  row('roles.listUsers', READERS, ({ role }) => ['GET', v3(`roles/users/list?role_id=${role}`)]),
  row('roles.create', OWNERS, () => ['POST', v3('roles/create'), { workspace: 'vision', name: 'more' }]),
  row('roles.update', OWNERS, ({ role }) => [
    'PATCH',
    v3('roles/update'),
    { role_id: role, name: 'renamed' },
  ]),
  row('roles.addPermission', OWNERS, ({ role }) => [
    'POST',
    v3('roles/permissions/add'),
    { role_id: role, resource_type: 'workspace', resource_pattern: '*', permission: 'MANAGE' },
  ]),
  row('roles.updatePermission', OWNERS, ({ right }) => [
    'PATCH',
    v3('roles/permissions/update'),
    { role_permission_id: right, permission: 'MANAGE' },
  ]),
  row('roles.assign', OWNERS, ({ role }) => ['POST', v3('roles/assign'), { ...READER, role_id: role }]),
  row('roles.unassign', OWNERS, ({ role }) => ['DELETE', v3('roles/unassign'), { ...READER, role_id: role }]),
  row('roles.removePermission', OWNERS, ({ right }) => [
    'DELETE',
    v3('roles/permissions/remove'),
    { role_permission_id: right },
  ]),
  row('roles.delete', OWNERS, ({ role }) => ['DELETE', v3('roles/delete'), { role_id: role }]),
  row('sessions.end', ['contributor'], ({ session }) => ['DELETE', own(`sessions/${session}`)]),
  row('tokens.revoke', ['contributor', 'root', 'owner'], ({ token }) => ['DELETE', own(`tokens/${token}`)]),
  row('groups.addMember', ADMIN, () => ['PUT', own('groups/team/members/reader'), {}]),
  row('groups.removeMember', ADMIN, () => ['DELETE', own('groups/team/members/reader')]),
  row('quotas.set', ADMIN, () => ['PUT', own('quotas/runs'), { quota: 5 }]),
  row('system.metrics', ADMIN, () => ['GET', '/metrics']),
  row('principals.delete', ADMIN, () => ['DELETE', own('principals/user/bystander')]),
  row('users.delete', ADMIN, () => ['DELETE', v2('users/delete'), READER]),
  row('workspaces.delete', OWNERS, () => ['DELETE', own('workspaces/vision?confirm=vision')]),
  row('mlflowWorkspaces.delete', OWNERS, () => ['DELETE', v3('workspaces/vision?mode=CASCADE')]),
]

const PLACES = ['', '/workspaces/vision', '/workspaces/speech']

eachEngine('what the gate leaves to the verb', MIGRATIONS, (open, engine) => {
  test('every route for whoever has an account stands in the table', () => {
    assert.deepEqual(
      [...signedIn].sort(),
      [...OF_ONESELF, ...ROWS.map(({ route }) => route).filter((route) => signedIn.includes(route))].sort(),
    )
  })

  test('refuses whoever may not, from wherever they ask', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const ids = await openTeam(server)
    let asked = 0
    for (const { route, who, ask } of ROWS) {
      const [method, path, body = {}] = ask(ids)
      for (const person of PEOPLE) {
        if (who.includes(person)) continue
        for (const place of PLACES) {
          const { status, text } = await server.call(method, place + path, basic(person), body)
          asked++
          const told = `${route} (${method} ${place}${path}) as ${person}: ${status} ${text.slice(0, 300)}`
          assert.ok(status === 403 || status === 404, told)
        }
      }
    }
    for (const { route, who, ask } of ROWS) {
      const [method, path, body = {}] = ask(ids)
      const person = who.at(-1)!
      const place = route === 'mlflowWorkspaces.delete' ? '' : '/workspaces/vision'
      const { status, text } = await server.call(method, place + path, basic(person), body)
      asked++
      // The workspace was deleted by the row before.
      if (route === 'mlflowWorkspaces.delete') assert.equal(status, 404, text)
      else assert.ok(status < 300 || status === 409, `${route} as ${person}: ${status} ${text.slice(0, 300)}`)
    }
    console.log(`${engine}: ${ROWS.length} routes, ${PEOPLE.length} people, ${asked} requests`)
  })

  test('what a tracking credential makes does not outlive it: it administers nothing', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const ids = await openTeam(server)
    const vision = '/workspaces/vision'
    const changing = ROWS.map(({ route, ask }) => [route, ...ask(ids)] as const)
    const rows = [
      ...changing.filter(([, method]) => method !== 'GET'),
      ['principals.create', 'POST', own('principals/user'), { name: 'evil' }],
      ['principals.create', 'POST', own('principals/service'), { name: 'evil' }],
      ['tokens.createForService', 'POST', own('principals/service/ci/tokens'), { name: 'x' }],
      ['tokens.create', 'POST', own('tokens'), { name: 'x' }],
      ['tokens.createTracking', 'POST', own('tracking-credentials'), {}],
      ['access.createRole', 'POST', own('roles'), { name: 'x', permissions: [] }],
      ['access.assign', 'PUT', own('role-assignments/owner/reader'), {}],
      ['access.unassign', 'DELETE', own('role-assignments/reader/reader'), {}],
      [
        'grants.give',
        'PUT',
        own('grants'),
        { principal: 'reader', kind: 'experiment', pattern: '*', level: 'MANAGE' },
      ],
      ['sessions.endAll', 'DELETE', own('sessions'), {}],
    ] as const
    await server.done('POST', vision + own('principals/service'), { name: 'ci' })
    let asked = 0
    for (const person of ['root', 'owner']) {
      const { token } = await server.done('POST', vision + own('tracking-credentials'), {}, basic(person))
      const ofOneself = [
        ['principals.update', 'PATCH', own(`principals/user/${person}`), { display_name: 'x' }],
        [
          'users.updatePassword',
          'PATCH',
          v2('users/update-password'),
          { username: person, password: 'battery horse correct', current_password: 'correct horse battery' },
        ],
      ] as const
      for (const [route, method, path, body = {}] of [...rows, ...ofOneself]) {
        const { status, text } = await server.call(method, vision + path, bearer(token), body)
        asked++
        const told = `${route} as ${person}: ${status} ${text.slice(0, 300)}`
        // A token that one may not end is not there.
        if (route === 'tokens.revoke') assert.equal(status, 404, told)
        else {
          assert.equal(status, 403, told)
          assert.match(text, /A tracking credential .*(Sign in|personal token)/, told)
        }
      }
      const made = await server.call('POST', vision + v2('experiments/create'), bearer(token), {
        name: `of ${person}`,
      })
      assert.equal(made.status, 200, made.text)
    }
    assert.equal(asked, 2 * (rows.length + 2))
  })

  test('nobody comes by more through what is theirs to change', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const contributor = basic('contributor')
    const made = await server.call('POST', v2('users/create'), basic('root'), {
      username: 'climber',
      password: 'correct horse battery',
      is_admin: true,
    })
    assert.equal(made.body.user.is_admin, false)
    const promoted = await server.call('PATCH', own('principals/user/contributor'), contributor, {
      is_admin: true,
    })
    assert.ok(promoted.status >= 400, promoted.text)
    for (const role of ['owner', 'contributor']) {
      const path = `/workspaces/vision${own(`role-assignments/${role}/contributor`)}`
      assert.equal((await server.call('PUT', path, contributor)).status, 403)
    }
    const { experiment_id } = await server.done(
      'POST',
      `/workspaces/vision${v2('experiments/create')}`,
      { name: 'mine' },
      contributor,
    )
    const give = (body: object) =>
      server.call('PUT', `/workspaces/vision${own('grants')}`, contributor, { principal: 'reader', ...body })
    const onOwn = await give({ kind: 'experiment', pattern: experiment_id, level: 'EDIT' })
    assert.equal(onOwn.status, 200, onOwn.text)
    for (const [kind, pattern] of [
      ['experiment', '0'],
      ['experiment', '*'],
      ['registered_model', '*'],
    ]) {
      const { status, text } = await give({ kind, pattern, level: 'MANAGE' })
      assert.equal(status, 403, `${kind} ${pattern}: ${text}`)
    }
  })
})

async function openTeam(server: AccountServer): Promise<Ids> {
  for (const name of ['vision', 'speech']) await server.makeWorkspace(name)
  for (const name of [...PEOPLE.slice(1), 'someone']) await server.makeUser(name)
  const inVision = (path: string) => `/workspaces/vision${own(path)}`
  await server.done('POST', inVision('roles'), { name: 'nothing', permissions: [] })
  for (const role of ['owner', 'contributor', 'reader']) await server.assign('vision', role, role)
  await server.assign('vision', 'nothing', 'bystander')
  await server.assign('speech', 'owner', 'foreigner')
  const { role } = await server.done('POST', v3('roles/create'), { workspace: 'vision', name: 'custom' })
  const { role_permission: right } = await server.done('POST', v3('roles/permissions/add'), {
    role_id: role.id,
    resource_type: 'experiment',
    resource_pattern: '*',
    permission: 'READ',
  })
  await server.done('POST', own('principals/group'), { name: 'team' })
  const token = await server.done('POST', inVision('tokens'), { name: 't' }, basic('contributor'))
  await server.signedIn('contributor')
  const { sessions } = await server.done('GET', own('sessions'), {}, basic('contributor'))
  return { role: role.id, right: right.id, token: token.details.id, session: sessions[0].id }
}
