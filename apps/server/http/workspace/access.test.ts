import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { serve } from '../testing/serve.ts'
import { basic, bearer, serveAccounts } from '../testing/serve-accounts.ts'

const inVision = (path: string) => `/workspaces/vision/api/orrery/v1/${path}`

eachEngine('accounts, roles and grants over HTTP', MIGRATIONS, (open) => {
  test('an account, a group and a role from their making to their end', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { call, done } = server
    await server.makeWorkspace('vision')
    const made = await done('POST', inVision('principals/user'), {
      name: 'bob',
      display_name: 'Bob',
      email: 'bob@example.org',
    })
    assert.deepEqual(made.principal, {
      kind: 'user',
      name: 'bob',
      display_name: 'Bob',
      email: 'bob@example.org',
      is_admin: false,
      has_password: false,
      identities: [],
      creation_timestamp: server.time.now,
      created_by: 'root',
    })
    await done('POST', inVision('principals/group'), { name: 'team' })
    await done('PUT', inVision('groups/team/members/bob'))
    const { members } = await done('GET', inVision('groups/team/members'))
    assert.deepEqual(
      members.map(({ name }: { name: string }) => name),
      ['bob'],
    )
    const permissions = ['experiment.read', 'run.read']
    const less = await call('POST', inVision('roles'), basic('root'), {
      name: 'x',
      permissions: ['run.read'],
    })
    assert.deepEqual([less.status, less.body.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    assert.match(less.body.message, /'run\.read' and not 'experiment\.read'/)
    const { role } = await done('POST', inVision('roles'), { name: 'looks', permissions })
    // What it gives in the end: whoever sees experiments sees what is in them.
    const given = ['artifact.read', ...permissions, 'trace.read']
    assert.deepEqual([role.name, role.built_in, role.permissions.toSorted()], ['looks', false, given])
    await done('PUT', inVision('role-assignments/looks/team'))
    await done('PUT', inVision('role-assignments/looks/team'))
    const { assignments } = await done('GET', inVision('role-assignments'))
    assert.deepEqual(assignments, [{ principal: 'team', kind: 'group', role: 'looks', source: 'manual' }])
    const explained = await done('GET', inVision('access/explain?principal=bob&permission=run.read'))
    assert.equal(explained.allowed, true)
    assert.match(explained.reasons[0].says, /looks.*team/)
    const renamed = await done('PATCH', inVision('roles/looks'), { name: 'sees', permissions: [] })
    assert.deepEqual([renamed.role.name, renamed.role.permissions], ['sees', []])
    const lost = await done('GET', inVision('access/explain?principal=bob&permission=run.read'))
    assert.equal(lost.allowed, false)
    assert.equal((await call('DELETE', inVision('roles/looks'), basic('root'))).status, 404)
    await done('DELETE', inVision('role-assignments/sees/team'))
    await done('DELETE', inVision('roles/sees'))
    await done('DELETE', inVision('groups/team/members/bob'))
    const disabled = await done('PATCH', inVision('principals/user/bob'), { disabled: true })
    assert.equal(disabled.principal.disabled_timestamp, server.time.now)
    await done('DELETE', inVision('principals/user/bob'))
    assert.equal((await call('GET', inVision('principals/user/bob'), basic('root'))).status, 404)
  })

  test('grants are given in place of others, listed by whom and on what, and taken', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { call, done } = server
    await server.makeWorkspace('vision')
    await server.makeUser('bob')
    const thing = { principal: 'bob', kind: 'experiment', pattern: '0' }
    for (const level of ['READ', 'EDIT']) {
      const { grant } = await done('PUT', inVision('grants'), { ...thing, level })
      assert.deepEqual([grant.principal, grant.level, grant.effect], ['bob', level, 'allow'])
    }
    const byWhom = await done('GET', inVision('grants?principal=bob'))
    const onWhat = await done('GET', inVision('grants?kind=experiment&pattern=0'))
    assert.deepEqual(byWhom, onWhat)
    assert.equal(byWhom.grants.length, 1)
    const both = await call('GET', inVision('grants?principal=bob&kind=experiment&pattern=0'), basic('root'))
    assert.match(both.body.message, /either 'principal', or 'kind' and 'pattern'/)
    await done('DELETE', inVision('grants'), thing)
    assert.deepEqual((await done('GET', inVision('grants?principal=bob'))).grants, [])
  })

  test('tokens are shown once, listed, work, and end', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { call, done } = server
    const made = await done('POST', '/api/orrery/v1/tokens', { name: 'laptop', read_only: true })
    assert.match(made.token, /^orrery_pat_[\w-]{43}$/)
    assert.deepEqual(
      [made.details.name, made.details.read_only, made.details.workspace],
      ['laptop', true, 'default'],
    )
    const listed = await done('GET', '/api/orrery/v1/tokens', {}, bearer(made.token))
    assert.equal(listed.tokens[0].id, made.details.id)
    assert.ok(!JSON.stringify(listed).includes(made.token))
    const refused = await call('POST', 'experiments/create', bearer(made.token), { name: 'x' })
    assert.equal(refused.status, 403)
    const hour = await done('POST', '/api/orrery/v1/tracking-credentials')
    assert.equal(hour.expiration_timestamp, server.time.now + 3_600_000)
    assert.equal(hour.mlflow_tracking_uri, 'http://127.0.0.1')
    await done('DELETE', `/api/orrery/v1/tokens/${made.details.id}`)
    assert.equal((await call('GET', '/api/orrery/v1/tokens', bearer(made.token))).status, 401)
  })

  test('sessions are listed by browser and ended', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { call, done } = server
    const browser = await server.signedIn('root')
    const { sessions } = await done('GET', '/api/orrery/v1/sessions', {}, browser)
    const own = sessions.find(({ is_this }: { is_this: boolean }) => is_this)
    assert.equal(own.method, 'password')
    await done('DELETE', `/api/orrery/v1/sessions/${own.id}`, {}, browser)
    assert.equal((await call('GET', '/api/orrery/v1/sessions', browser)).status, 401)
  })
})

eachEngine('workspaces over HTTP', MIGRATIONS, (open) => {
  test('properties, quotas, what would be lost, and the end', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const made = await call('POST', '/api/orrery/v1/workspaces', {
      name: 'vision',
      friendly_name: 'Vision',
      subscription_id: 's',
      resource_group: 'g',
      location: 'l',
      tags: [{ key: 'team', value: 'a' }],
    })
    assert.equal(made.status, 201)
    const { workspace } = made.body
    assert.match(workspace.id, /^[0-9a-f-]{36}$/)
    assert.deepEqual(workspace.tags, [{ key: 'team', value: 'a' }])
    assert.equal(workspace.mlflow_tracking_uri, 'http://127.0.0.1/workspaces/vision')
    assert.deepEqual((await call('GET', '/api/orrery/v1/workspaces/vision/config')).body, {
      subscription_id: 's',
      resource_group: 'g',
      workspace_name: 'vision',
      mlflow_tracking_uri: 'http://127.0.0.1/workspaces/vision',
    })
    const names = (await call('GET', '/api/orrery/v1/workspaces')).body.workspaces
    assert.deepEqual(
      names.map(({ name }: { name: string }) => name),
      ['default', 'elsewhere', 'vision'],
    )
    const life = async (ms: unknown) => {
      const { status, body } = await call('PATCH', '/api/orrery/v1/workspaces/vision', {
        max_token_life_ms: ms,
      })
      return status === 200 ? body.workspace.max_token_life_ms : body.message
    }
    assert.equal(await life(86_400_000), 86_400_000)
    for (const ms of [0, 999, -1, 31_622_400_001]) {
      assert.match(
        await life(ms),
        /^'max_token_life_ms' must be a whole number of milliseconds from 1000 to 31622400000, or null/,
      )
    }
    assert.match(await life('soon'), /max_token_life_ms/)
    assert.equal(await life(null), undefined)
    const quota = await call('PUT', inVision('quotas/runs'), { quota: 1 })
    assert.deepEqual(quota.body.quota, { what: 'runs', used: 0, quota: 1, state: 'ok' })
    const create = () => call('POST', '/workspaces/vision/api/2.0/mlflow/runs/create', { experiment_id: '0' })
    assert.equal((await create()).status, 200)
    const full = await create()
    assert.deepEqual([full.status, full.body.error_code], [403, 'QUOTA_EXCEEDED'])
    await call('PUT', '/api/orrery/v1/workspaces/vision/archived', { archived: true })
    const archived = await create()
    assert.deepEqual([archived.status, archived.body.error_code], [400, 'INVALID_STATE'])
    await call('PUT', '/api/orrery/v1/workspaces/vision/archived', { archived: false })
    const { losses } = (await call('GET', '/api/orrery/v1/workspaces/vision/losses')).body
    assert.deepEqual(
      losses.filter(({ count }: { count: number }) => count > 0),
      [{ what: 'runs', count: 1 }],
    )
    const unsure = await call('DELETE', '/api/orrery/v1/workspaces/vision', { confirm: 'visoin' })
    assert.equal(unsure.status, 400)
    assert.match(unsure.body.message, /1 runs?/)
    assert.equal(
      (await call('DELETE', '/api/orrery/v1/workspaces/vision', { confirm: 'vision' })).status,
      200,
    )
    assert.equal((await call('GET', '/api/orrery/v1/workspaces/vision')).status, 404)
  })
})

eachEngine('a server without accounts', MIGRATIONS, (open) => {
  test('has an owner who needs none', async () => {
    await using db = await open()
    const { call } = await serve(db)
    assert.deepEqual((await call('GET', 'users/current')).body, {
      user: { id: 0, username: 'local-owner', is_admin: true },
      is_basic_auth: false,
    })
    assert.deepEqual((await call('GET', '/api/3.0/mlflow/users/current/permissions')).body, {
      is_admin: true,
      permissions: [],
    })
    for (const path of ['tokens', 'tracking-credentials']) {
      const { status, body } = await call('POST', `/api/orrery/v1/${path}`, { name: 'x' })
      assert.ok(status === 400, JSON.stringify(body))
    }
    const refused = await call('POST', '/api/orrery/v1/tracking-credentials', {})
    assert.equal(refused.body.error_code, 'INVALID_STATE')
    assert.deepEqual((await call('GET', '/api/orrery/v1/sessions')).body, { sessions: [] })
  })
})
