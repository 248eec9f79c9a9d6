import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { archivedOf, archiveOf, indexOf } from '../../packages/domain/registry/testing/archive-of.ts'
import { type Answered, basic, bearer, type Headers, serveAccounts } from './http/testing/serve-accounts.ts'
import { MIGRATIONS } from './migrations.ts'

/*
 * Over HTTP, MLflow's face and ours: whatever comes to the same end as setting a protected alias or stage is refused, to
 * owners and administrators as well.
 */

const own = (path: string) => `/api/orrery/v1/${path}`
const because = (reason: string): Headers => ({ 'x-orrery-reason': reason })

/** `fraud` has version 1 in Production and as `champion`, 2 and 3 nowhere. Ada and bob contribute, eve owns. */
async function openGuarded(db: Database) {
  const server = await serveAccounts(db)
  for (const [name, role] of [
    ['ada', 'contributor'],
    ['bob', 'contributor'],
    ['eve', 'owner'],
  ] as const) {
    await server.makeUser(name)
    await server.assign('default', role, name)
  }
  for (const name of ['fraud', 'spare']) {
    await server.done('POST', 'registered-models/create', { name })
    for (let n = 0; n < 3; n++)
      await server.done('POST', 'model-versions/create', { name, source: 's3://b/m' })
    const at = { name, version: '1' }
    await server.done('POST', 'registered-models/alias', { ...at, alias: 'champion' })
    const stage = { ...at, stage: 'Production', archive_existing_versions: false }
    await server.done('POST', 'model-versions/transition-stage', stage)
  }
  const eve = basic('eve')
  for (const policy of [
    { models: 'fraud', kind: 'alias', value: 'champion' },
    { models: 'fraud', kind: 'stage', value: 'Production' },
    { models: 'new*', kind: 'alias', value: '*' },
  ]) {
    await server.done('POST', own('policies/approvals'), policy, eve)
  }
  const model = async () =>
    (await server.done('GET', 'registered-models/get?name=fraud')).registered_model as {
      aliases: { alias: string; version: string }[]
      latest_versions: { version: string; current_stage: string }[]
    }
  return {
    ...server,
    model,
    ask: async (headers: Headers, version = '2') =>
      (
        await server.done(
          'POST',
          own('approvals'),
          { kind: 'alias', name: 'fraud', version, value: 'champion', reason: 'better recall' },
          headers,
        )
      ).request.id as string,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

const NAME = { name: 'fraud' }
const AT = (version: string) => ({ ...NAME, version })
const STAGE = (version: string, stage: string, archive = false) => ({
  ...AT(version),
  stage,
  archive_existing_versions: archive,
})

/** What comes to the same end, by MLflow's face. */
const BYPASSES: readonly (readonly [says: string, method: string, path: string, body: object])[] = [
  ['set the alias', 'POST', 'registered-models/alias', { ...AT('2'), alias: 'champion' }],
  ['delete the alias', 'DELETE', 'registered-models/alias', { ...NAME, alias: 'champion' }],
  ['into the stage', 'POST', 'model-versions/transition-stage', STAGE('2', 'Production')],
  ['into the stage, archiving', 'POST', 'model-versions/transition-stage', STAGE('2', 'production', true)],
  ['out of the stage', 'POST', 'model-versions/transition-stage', STAGE('1', 'Archived')],
  ['delete the version', 'DELETE', 'model-versions/delete', AT('1')],
  ['delete the model', 'DELETE', 'registered-models/delete', NAME],
  ['rename the model', 'POST', 'registered-models/rename', { ...NAME, new_name: 'other' }],
  ['give its name to another', 'POST', 'registered-models/rename', { name: 'spare', new_name: 'newer' }],
]

const isBound = ({ status, body, text }: Answered) => {
  assert.equal(status, 403, text)
  assert.equal(body.error_code, 'PERMISSION_DENIED')
  assert.match(body.message, /needs the approval of another person/)
}

eachEngine('approvals over HTTP', MIGRATIONS, (open) => {
  test('no way leads round them, for nobody', async () => {
    await using db = await open()
    await using server = await openGuarded(db)
    const before = await server.model()
    for (const who of ['ada', 'eve', 'root']) {
      for (const [says, method, path, body] of BYPASSES) {
        const answer = await server.call(method, path, { ...basic(who), ...because('I want it') }, body)
        assert.doesNotThrow(() => isBound(answer), `${who}: ${says}: ${answer.text}`)
      }
    }
    assert.deepEqual(await server.model(), before)
  })

  test('nor does an archive, and making a model anew', async () => {
    await using db = await open()
    await using server = await openGuarded(db)
    await server.done('POST', 'registered-models/create', { name: 'newborn' })
    await server.done('POST', 'model-versions/create', { name: 'newborn', source: 's3://b/m' })
    await server.done('DELETE', 'registered-models/delete', { name: 'newborn' })
    await server.done('POST', 'registered-models/create', { name: 'newborn' })
    await server.done('POST', 'model-versions/create', { name: 'newborn', source: 's3://b/m' })
    const alias = { name: 'newborn', version: '1', alias: 'any' }
    isBound(await server.call('POST', 'registered-models/alias', basic('eve'), alias))

    const files = { MLmodel: 'flavors: {}\n' }
    const archive = archiveOf(
      indexOf([archivedOf(1, files)], { name: 'spam', aliases: [{ alias: 'any', version: 1 }] }),
      { 1: files },
    )
    const headers = { ...basic('eve'), 'content-type': 'application/x-tar' }
    const into = (query: string) => server.call('POST', own(`registry/import${query}`), headers, archive)
    isBound(await into('?name=newest'))
    const { status } = await server.call('GET', 'registered-models/get?name=newest', basic('eve'))
    assert.equal(status, 404, 'nothing of it is there')
    assert.equal((await into('')).status, 200, 'by a name that no policy protects it comes with its alias')
  })

  test('what another person approves is done, by the calls of our face', async () => {
    await using db = await open()
    await using server = await openGuarded(db)
    const [ada, bob] = [basic('ada'), basic('bob')]
    const id = await server.ask(ada)
    const decide = (headers: Headers, verb: string, body: object = {}) =>
      server.call('POST', own(`approvals/${id}/${verb}`), headers, body)
    const himself = await decide(ada, 'approve')
    assert.deepEqual([himself.status, himself.body.error_code], [403, 'PERMISSION_DENIED'])
    assert.equal((await decide(bob, 'reject')).status, 400, 'a rejection needs a reason')
    const listed = await server.done('GET', own('approvals?mine=true'), undefined, bob)
    assert.deepEqual(
      listed.requests.map((request: { id: string }) => request.id),
      [id],
    )
    assert.deepEqual((await server.done('GET', own('approvals?mine=true'), undefined, ada)).requests, [])
    const { deciders } = await server.done('GET', own(`approvals/${id}/deciders`), undefined, ada)
    assert.deepEqual(deciders, ['user:bob', 'user:eve', 'user:root'])
    const [policyOf] = listed.requests.map((request: { policy: string }) => request.policy)
    const under = await server.done('GET', own(`policies/approvals/${policyOf}/deciders`), undefined, ada)
    assert.deepEqual(under, { deciders: ['user:ada', ...deciders], hidden: 0 })
    const { status, body } = await decide(bob, 'approve', { reason: 'looks good' })
    assert.equal(status, 200)
    const { policy, requested_timestamp, expires_timestamp, decided_timestamp, ...request } = body.request
    assert.deepEqual(request, {
      ...{ id, kind: 'alias', name: 'fraud', version: '2', value: 'champion', archive_existing: false },
      ...{ state: 'approved', reason: 'better recall', requested_by: 'user:ada' },
      ...{ decided_by: 'user:bob', decision_reason: 'looks good' },
    })
    assert.equal(typeof policy, 'string')
    assert.ok(requested_timestamp < expires_timestamp && decided_timestamp >= requested_timestamp)
    assert.deepEqual((await server.model()).aliases, [{ alias: 'champion', version: '2' }])
    assert.equal((await decide(bob, 'approve')).status, 400)
    const shown = await server.done('GET', own(`approvals/${id}`), undefined, ada)
    assert.equal(shown.request.state, 'approved')
  })

  test('an alias is deleted in the way that MLflow is told when it may not', async () => {
    await using db = await open()
    await using server = await openGuarded(db)
    const path = 'registered-models/alias?name=fraud&alias=champion'
    const refused = await server.call('DELETE', path, basic('ada'))
    assert.deepEqual([refused.status, refused.body.error_code], [403, 'PERMISSION_DENIED'])
    const { message } = refused.body
    assert.match(message, /Ask for it: POST \/api\/orrery\/v1\/approvals with/)
    const asked = JSON.parse(/\{.*\}/.exec(message)![0])
    assert.deepEqual(asked, { kind: 'delete-alias', name: 'fraud', value: 'champion' })
    const request = (body: object) => server.call('POST', own('approvals'), basic('ada'), body)
    const wrong = await request({ ...asked, version: '1', reason: 'Retired' })
    assert.deepEqual([wrong.status, wrong.body.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    assert.match(
      (await request({ ...asked, kind: 'alias', reason: 'Retired' })).body.message,
      /'version' is required/,
    )
    const made = await request({ ...asked, reason: 'Retired' })
    assert.deepEqual(
      [made.status, made.body.request.kind, made.body.request.version],
      [201, 'delete-alias', '1'],
    )
    const approve = own(`approvals/${made.body.request.id}/approve`)
    assert.equal((await server.call('POST', approve, basic('bob'), {})).status, 200)
    assert.equal((await server.model()).aliases, undefined)
  })

  test('the same person stays the same by tokens and service accounts', async () => {
    await using db = await open()
    await using server = await openGuarded(db)
    const eve = basic('eve')
    await server.done('POST', own('principals/service'), { name: 'bot' }, eve)
    await server.assign('default', 'contributor', 'bot')
    const made = await server.done('POST', own('principals/service/bot/tokens'), { token_name: 't' }, eve)
    const bot = bearer(made.token)
    const id = await server.ask(bot)
    const approve = (headers: Headers) => server.call('POST', own(`approvals/${id}/approve`), headers)
    for (const headers of [eve, bot]) {
      const { status, body } = await approve(headers)
      assert.deepEqual([status, body.error_code], [403, 'PERMISSION_DENIED'])
      assert.match(body.message, /Another person than who asked \(service:bot\)/)
    }
    const personal = await server.done('POST', own('tokens'), { name: 'laptop' }, eve)
    assert.equal((await approve(bearer(personal.token))).status, 403)
    await server.done('DELETE', own(`tokens/${made.details.id}`), undefined, eve)
    assert.equal((await approve(eve)).status, 403, 'revoking the token changes nothing')
    assert.equal((await approve(basic('bob'))).status, 200)
  })

  test('who may not is told so, and what makes no sense is explained', async () => {
    await using db = await open()
    await using server = await openGuarded(db)
    const [ada, eve] = [basic('ada'), basic('eve')]
    const policy = { models: 'x', kind: 'stage', value: 'Production' }
    const refused: readonly (readonly [Headers, string, string, object, number, RegExp])[] = [
      [ada, 'POST', 'policies/approvals', policy, 403, /policy.manage/],
      [eve, 'POST', 'policies/approvals', { ...policy, value: 'live' }, 400, /Staging, Production, Archived/],
      [eve, 'POST', 'policies/approvals', { ...policy, approvers: ['users/nobody'] }, 400, /'users\/nobody'/],
      [eve, 'POST', 'policies/approvals', { ...policy, who: 'me' }, 400, /who/],
      [eve, 'PATCH', 'policies/approvals/nothing', { expires_ms: 3_600_000 }, 404, /No approval policy/],
      [eve, 'DELETE', 'policies/approvals/nothing', {}, 404, /No approval policy/],
      [
        ada,
        'POST',
        'approvals',
        { kind: 'alias', name: 'fraud', version: '2', value: 'champion' },
        400,
        /needs a reason/,
      ],
      [
        ada,
        'POST',
        'approvals',
        { kind: 'alias', name: 'fraud', version: 'x', value: 'champion', reason: 'why' },
        400,
        /'version'/,
      ],
      [
        ada,
        'POST',
        'approvals',
        {
          kind: 'alias',
          name: 'fraud',
          version: '2',
          value: 'champion',
          archive_existing: true,
          reason: 'why',
        },
        400,
        /'archive_existing'/,
      ],
      [
        ada,
        'POST',
        'approvals',
        { kind: 'alias', name: 'nobody', version: '2', value: 'champion', reason: 'why' },
        404,
        /nobody/,
      ],
      [ada, 'POST', 'approvals/nothing/approve', {}, 404, /No approval request/],
      [ada, 'GET', 'approvals/nothing', {}, 404, /No approval request/],
      [ada, 'GET', 'approvals?limit=0', {}, 400, /'limit'/],
      [ada, 'GET', 'approvals?page_token=x', {}, 400, /'page_token'/],
      [ada, 'GET', 'approvals?state=lost', {}, 400, /state/],
    ]
    for (const [headers, method, path, body, status, says] of refused) {
      const answer = await server.call(method, own(path), headers, body)
      assert.deepEqual(
        [answer.status, says.test(answer.text)],
        [status, true],
        `${method} ${path}: ${answer.text}`,
      )
    }
  })

  test('a policy is changed and lifted by owners, and then the way is free', async () => {
    await using db = await open()
    await using server = await openGuarded(db)
    const eve = basic('eve')
    const { policies } = await server.done('GET', own('policies/approvals'), undefined, basic('ada'))
    assert.equal(policies.length, 3)
    const { id } = policies.find(
      (one: { models: string; kind: string }) => one.models === 'fraud' && one.kind === 'alias',
    )
    const changed = await server.done(
      'PATCH',
      own(`policies/approvals/${id}`),
      { approvers: ['users/eve'] },
      eve,
    )
    assert.deepEqual([changed.policy.approvers, changed.policy.expires_ms], [['users/eve'], 604_800_000])
    const request = await server.ask(basic('ada'))
    assert.equal((await server.call('POST', own(`approvals/${request}/approve`), basic('bob'))).status, 403)
    assert.equal((await server.call('DELETE', own(`policies/approvals/${id}`), eve)).status, 204)
    const alias = { ...AT('3'), alias: 'champion' }
    await server.done('POST', 'registered-models/alias', alias, basic('ada'))
    const ended = await server.done('GET', own(`approvals/${request}`), undefined, eve)
    assert.deepEqual([ended.request.state, ended.request.decided_by], ['expired', 'system:server'])
  })
})
