import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem, type ProblemCode, type ProtectedChange } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { APPROVAL_MIGRATIONS, type ApprovalBed, openApprovals } from './testing/open-approvals.ts'

const is = (code: ProblemCode, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error))
  assert.deepEqual([error.code, says.test(error.message) ? says.source : error.message], [code, says.source])
  return true
}

const DAY_MS = 86_400_000
const CHAMPION = (version: number): ProtectedChange => ({
  kind: 'alias',
  name: 'fraud',
  version,
  alias: 'champion',
})
const TO_PRODUCTION: ProtectedChange = {
  ...{ kind: 'stage', name: 'fraud', version: 3, stage: 'production' },
  archiveExisting: true,
}

/** `fraud` has version 1 in Production and as `champion`; both are protected. */
async function withPolicies(bed: ApprovalBed) {
  await bed.model('fraud', ['Production', 'None', 'None'], { champion: 1 })
  const owner = await bed.as('eve')
  const alias = await bed.approvals.createPolicy(owner, { models: 'fraud', kind: 'alias', value: 'champion' })
  const stage = await bed.approvals.createPolicy(owner, {
    ...{ models: 'fr*', kind: 'stage', value: 'production' },
  })
  return { alias, stage }
}

const pointsAt = async (bed: ApprovalBed) => {
  const { aliases } = await bed.registry.models.get(bed.here, { name: 'fraud' })
  return Object.fromEntries(aliases.map(({ alias, version }) => [alias, version]))
}

eachEngine('approvals', APPROVAL_MIGRATIONS, (open) => {
  test('what another person approves is done at once, with the reasons of both', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const { alias } = await withPolicies(bed)
    const told = (await bed.told()).length
    const asked = await bed.approvals.request(await bed.as('ada', { reason: 'better recall' }), {
      change: CHAMPION(3),
    })
    assert.deepEqual(asked, {
      ...{ id: asked.id, policyId: alias.id, change: CHAMPION(3), state: 'open', reason: 'better recall' },
      ...{ requestedBy: 'user:ada', requestedAt: 1_700_000_000_000, decidedBy: null, decidedAt: null },
      ...{ expiresAt: 1_700_000_000_000 + 7 * DAY_MS, decisionReason: null },
    })
    assert.deepEqual(await pointsAt(bed), { champion: 1 }, 'asking changes nothing')
    bed.later(5)
    const bob = await bed.as('bob', { reason: 'I looked' })
    const approved = await bed.approvals.approve(bob, { id: asked.id })
    const decided = { decidedBy: 'user:bob', decidedAt: 1_700_000_000_005, decisionReason: 'I looked' }
    assert.deepEqual(approved, { ...asked, state: 'approved', ...decided })
    assert.deepEqual(await bed.approvals.get(await bed.as('ada'), { id: asked.id }), approved)
    assert.deepEqual(await pointsAt(bed), { champion: 3 })
    const facts = { request: asked.id, policy: 'fraud: alias champion', change: CHAMPION(3) }
    const at = 'models/fraud/versions/3'
    assert.deepEqual((await bed.told()).slice(told), [
      { type: 'approval.requested', subject: at, actor: 'user:ada', reason: 'better recall', after: facts },
      {
        ...{ type: 'approval.approved', subject: at, actor: 'user:bob', reason: 'I looked' },
        after: { ...facts, requestedBy: 'user:ada' },
      },
      {
        ...{ type: 'alias.set', subject: 'models/fraud', actor: 'user:bob', reason: 'better recall' },
        after: {
          ...{ alias: 'champion', version: 3, kind: 'model' },
          approval: { request: asked.id, requestedBy: 'user:ada' },
        },
      },
    ])
    await assert.rejects(bed.approvals.approve(bob, { id: asked.id }), is('INVALID_STATE', /is approved/))
    await assert.rejects(bed.approvals.withdraw(bob, { id: asked.id }), is('INVALID_STATE', /is approved/))
  })

  test('a stage is moved as asked, with those that leave it', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const { stage } = await withPolicies(bed)
    const asked = await bed.approvals.request(await bed.as('ada'), { change: TO_PRODUCTION })
    assert.deepEqual([asked.policyId, asked.change], [stage.id, { ...TO_PRODUCTION, stage: 'Production' }])
    await bed.approvals.approve(await bed.as('bob'), { id: asked.id })
    const versions = await Promise.all(
      ['1', '2', '3'].map((version) => bed.registry.versions.get(bed.here, { name: 'fraud', version })),
    )
    assert.deepEqual(
      versions.map((version) => version.stage),
      ['Archived', 'None', 'Production'],
    )
  })

  test('an alias is deleted as asked, and stays where it has moved meanwhile', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const { alias } = await withPolicies(bed)
    const removal: ProtectedChange = { kind: 'delete-alias', name: 'fraud', alias: 'champion' }
    const [ada, bob] = [await bed.as('ada', { reason: 'retired' }), await bed.as('bob')]
    const ask = (change = removal) => bed.approvals.request(ada, { change })
    const first = await ask()
    const change = { ...removal, version: 1 }
    assert.deepEqual([first.policyId, first.change, first.state], [alias.id, change, 'open'])
    assert.deepEqual(await pointsAt(bed), { champion: 1 }, 'asking changes nothing')
    await assert.rejects(ask(), is('RESOURCE_ALREADY_EXISTS', /the deletion of the alias 'champion' of/))
    await assert.rejects(
      ask({ ...removal, alias: 'none' }),
      is('RESOURCE_DOES_NOT_EXIST', /has no alias 'none' that could be deleted/),
    )
    await bed.free(bed.here, { verb: 'setAlias', name: 'fraud', alias: 'other', version: '1' })
    await assert.rejects(
      ask({ ...removal, alias: 'other' }),
      is('INVALID_STATE', /No policy protects the deletion of the alias 'other'/),
    )
    await bed.free(bed.here, { verb: 'setAlias', name: 'fraud', alias: 'champion', version: '2' })
    await assert.rejects(bed.approvals.approve(bob, { id: first.id }), is('RESOURCE_CONFLICT', /no longer/))
    assert.deepEqual(await pointsAt(bed), { champion: 2, other: 1 })
    const { id } = await ask()
    await assert.rejects(bed.approvals.approve(ada, { id }), is('PERMISSION_DENIED', /Another person/))
    const told = (await bed.told()).length
    assert.equal((await bed.approvals.approve(bob, { id })).state, 'approved')
    assert.deepEqual(await pointsAt(bed), { other: 1 })
    const facts = { request: id, policy: 'fraud: alias champion', change: { ...removal, version: 2 } }
    assert.deepEqual((await bed.told()).slice(told), [
      {
        ...{ type: 'approval.approved', subject: 'models/fraud/versions/2', actor: 'user:bob' },
        ...{ reason: 'bob says so', after: { ...facts, requestedBy: 'user:ada' } },
      },
      {
        ...{ type: 'alias.removed', subject: 'models/fraud', actor: 'user:bob', reason: 'retired' },
        after: { approval: { request: id, requestedBy: 'user:ada' } },
      },
    ])
  })

  test('a request is for what is protected and not so yet, with a reason, once', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await withPolicies(bed)
    const ada = await bed.as('ada')
    const ask = (change: ProtectedChange, caller = ada) => bed.approvals.request(caller, { change })
    await assert.rejects(
      ask({ ...CHAMPION(2), alias: 'other' } as never),
      is('INVALID_STATE', /No policy protects version 2 of model 'fraud' as 'other'/),
    )
    await assert.rejects(ask(CHAMPION(1)), is('INVALID_STATE', /It is so already/))
    await assert.rejects(ask(CHAMPION(9)), is('RESOURCE_DOES_NOT_EXIST', /version=9/))
    const { reason: _, ...speechless } = ada
    await assert.rejects(ask(CHAMPION(2), speechless), is('INVALID_PARAMETER_VALUE', /needs a reason/))
    const reader = await bed.as('ada', { may: ['model.read', 'workspace.read'] })
    await assert.rejects(ask(CHAMPION(2), reader), is('PERMISSION_DENIED', /lacks 'model.write'/))
    const first = await ask(CHAMPION(2))
    await assert.rejects(
      ask(CHAMPION(2), await bed.as('bob')),
      is('RESOURCE_ALREADY_EXISTS', /has asked for version 2 of model 'fraud' as 'champion' already/),
    )
    await ask(CHAMPION(3))
    await bed.approvals.withdraw(ada, { id: first.id })
    assert.equal((await ask(CHAMPION(2))).state, 'open', 'after it was taken back it may be asked for again')
  })

  test('rejecting needs a reason and changes nothing; taking back is for who asked and for owners', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await withPolicies(bed)
    const ask = async (version: number) =>
      (await bed.approvals.request(await bed.as('ada'), { change: CHAMPION(version) })).id
    const id = await ask(2)
    const bob = await bed.as('bob')
    const { reason: _, ...speechless } = bob
    await assert.rejects(
      bed.approvals.reject(speechless, { id }),
      is('INVALID_PARAMETER_VALUE', /needs a reason/),
    )
    await assert.rejects(
      bed.approvals.reject(await bed.as('ada'), { id }),
      is('PERMISSION_DENIED', /Another person/),
    )
    const rejected = await bed.approvals.reject(bob, { id })
    assert.deepEqual(
      [rejected.state, rejected.decidedBy, rejected.decisionReason],
      ['rejected', 'user:bob', 'bob says so'],
    )
    assert.deepEqual(await pointsAt(bed), { champion: 1 })
    const again = await ask(2)
    const member = await bed.as('bob', { may: ['model.read', 'model.write', 'approval.decide'] })
    await assert.rejects(
      bed.approvals.withdraw(member, { id: again }),
      is('PERMISSION_DENIED', /Only who asked \(user:ada\) and owners/),
    )
    const back = await bed.approvals.withdraw(await bed.as('ada', { may: ['model.read', 'model.write'] }), {
      id: again,
    })
    assert.equal(back.state, 'withdrawn')
    const third = await ask(3)
    assert.equal((await bed.approvals.withdraw(bob, { id: third })).decidedBy, 'user:bob')
    assert.deepEqual(
      (await bed.told())
        .filter(({ type }) => type.startsWith('approval.'))
        .map(({ type, actor }) => [type, actor]),
      [
        ['approval.requested', 'user:ada'],
        ['approval.rejected', 'user:bob'],
        ['approval.requested', 'user:ada'],
        ['approval.withdrawn', 'user:ada'],
        ['approval.requested', 'user:ada'],
        ['approval.withdrawn', 'user:bob'],
      ],
    )
  })

  test('what has become another change since is not made: the request ends', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await withPolicies(bed)
    const ask = async (version: number) =>
      (await bed.approvals.request(await bed.as('ada'), { change: CHAMPION(version) })).id
    const [second, third] = [await ask(2), await ask(3)]
    const bob = await bed.as('bob')
    await bed.approvals.approve(bob, { id: second })
    await assert.rejects(
      bed.approvals.approve(bob, { id: third }),
      is('RESOURCE_CONFLICT', /no longer what it was/),
    )
    assert.deepEqual(await pointsAt(bed), { champion: 2 })
    const { state, decidedBy } = await bed.approvals.get(bob, { id: third })
    assert.deepEqual([state, decidedBy], ['expired', 'system:server'])
    const last = (await bed.told()).at(-1)!
    assert.deepEqual(
      [last.type, last.actor, last.reason, last.after?.because],
      ['approval.expired', 'system:server', null, 'outdated'],
    )
    await assert.rejects(bed.approvals.approve(bob, { id: third }), is('INVALID_STATE', /is expired/))
  })

  for (const [words, meantime] of [
    ['the version is deleted', [{ verb: 'deleteVersion', name: 'fraud', version: '3' }]],
    ['the model is renamed', [{ verb: 'rename', name: 'fraud', newName: 'theft' }]],
    [
      'the model is deleted and made anew',
      [
        { verb: 'delete', name: 'fraud' },
        { verb: 'create', name: 'fraud', description: undefined, isPrompt: undefined },
        { verb: 'addVersion', name: 'fraud' },
        { verb: 'addVersion', name: 'fraud' },
        { verb: 'addVersion', name: 'fraud' },
        { verb: 'setAlias', name: 'fraud', alias: 'champion', version: '1' },
      ],
    ],
  ] as const) {
    test(`a request ends where ${words} before it is approved`, async () => {
      await using db = await open()
      await using bed = await openApprovals(db)
      await withPolicies(bed)
      const { id } = await bed.approvals.request(await bed.as('ada'), { change: CHAMPION(3) })
      for (const call of meantime) await bed.free(bed.here, call)
      await assert.rejects(
        bed.approvals.approve(await bed.as('bob'), { id }),
        is('RESOURCE_CONFLICT', /no longer what it was/),
      )
      assert.equal((await bed.approvals.get(bed.here, { id })).state, 'expired')
    })
  }

  test('nobody decides in time: it has expired, and is swept up', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await withPolicies(bed)
    const ada = await bed.as('ada')
    const bob = await bed.as('bob')
    const ids: string[] = []
    for (const version of [2, 3]) {
      ids.push((await bed.approvals.request(ada, { change: CHAMPION(version) })).id)
      bed.later(DAY_MS)
    }
    const [first, second] = ids as [string, string]
    bed.later(5 * DAY_MS - 1)
    assert.equal(await bed.expireDue(), 0)
    bed.later(1)
    assert.equal((await bed.approvals.get(ada, { id: first })).state, 'expired')
    const { requests } = await bed.approvals.list(ada, { state: 'open', limit: 10 })
    assert.deepEqual(
      requests.map(({ id }) => id),
      [second],
    )
    const gone = await bed.approvals.list(ada, { state: 'expired', limit: 10 })
    assert.deepEqual(
      gone.requests.map(({ id }) => id),
      [first],
    )
    const again = await bed.approvals.request(ada, { change: CHAMPION(2) })
    assert.equal(again.state, 'open', 'one that is over is in nobody’s way')
    bed.later(DAY_MS)
    await assert.rejects(bed.approvals.approve(bob, { id: second }), is('INVALID_STATE', /is expired/))
    bed.later(10 * DAY_MS)
    assert.deepEqual([await bed.expireDue(), await bed.expireDue()], [1, 0])
    const ended = (await bed.told()).filter(({ type }) => type === 'approval.expired')
    assert.deepEqual(
      ended.map(({ actor, after }) => [actor, after?.request, after?.because]),
      [first, second, again.id].map((id) => ['system:server', id, 'expired']),
    )
  })

  test('of many who approve at once one makes the change, and of many who ask one is heard', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await withPolicies(bed)
    const ada = await bed.as('ada')
    const asked = await Promise.allSettled(
      Array.from({ length: 10 }, () => bed.approvals.request(ada, { change: CHAMPION(2) })),
    )
    const [won, ...more] = asked.filter((call) => call.status === 'fulfilled')
    assert.equal(more.length, 0)
    const { id } = won!.value
    const deciders = [await bed.as('bob'), await bed.as('eve')]
    const decided = await Promise.allSettled([
      ...deciders.flatMap((caller) => [
        bed.approvals.approve(caller, { id }),
        bed.approvals.reject(caller, { id }),
      ]),
      bed.approvals.withdraw(ada, { id }),
    ])
    const states = decided.filter((call) => call.status === 'fulfilled').map(({ value }) => value.state)
    assert.equal(states.length, 1)
    for (const call of decided) {
      if (call.status === 'rejected') assert.equal((call.reason as Problem).code, 'INVALID_STATE')
    }
    assert.deepEqual(await pointsAt(bed), { champion: states[0] === 'approved' ? 2 : 1 })
    const told = (await bed.told()).filter(({ type }) => /^approval\.|^alias/.test(type)).slice(1)
    assert.equal(told.length, states[0] === 'approved' ? 3 : 2)
  })

  test('requests are of their workspace, and for whoever may read the model', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await withPolicies(bed)
    await bed.model('fraud', ['None', 'None', 'None'], {}, bed.elsewhere)
    const { id } = await bed.approvals.request(await bed.as('ada'), { change: CHAMPION(2) })
    const there = await bed.as('bob', { workspace: bed.elsewhere.workspace })
    const blind = await bed.as('bob', { readable: () => ({ kind: 'only', keys: [] }) })
    for (const caller of [there, blind]) {
      const gone = is('RESOURCE_DOES_NOT_EXIST', /No approval request/)
      await assert.rejects(bed.approvals.get(caller, { id }), gone)
      await assert.rejects(bed.approvals.approve(caller, { id }), gone)
      await assert.rejects(bed.approvals.reject(caller, { id }), gone)
      await assert.rejects(bed.approvals.withdraw(caller, { id }), gone)
      assert.deepEqual((await bed.approvals.list(caller, { limit: 10 })).requests, [])
    }
    await bed.call(bed.elsewhere, { verb: 'setAlias', name: 'fraud', alias: 'champion', version: '3' })
    const setThere = await bed.approvals.request(there, { change: CHAMPION(2) }).catch((error) => error)
    is('INVALID_STATE', /No policy protects/)(setThere)
  })

  test('lists come newest first, in pages, by state, by model, and what one may decide', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await withPolicies(bed)
    await bed.model('fresh', ['None', 'None'])
    const ada = await bed.as('ada')
    const bob = await bed.as('bob')
    const owner = await bed.as('eve')
    const asked: string[] = []
    for (const version of [2, 3]) {
      asked.push((await bed.approvals.request(ada, { change: CHAMPION(version) })).id)
    }
    const change: ProtectedChange = { ...TO_PRODUCTION, name: 'fresh', version: 1 }
    asked.push((await bed.approvals.request(bob, { change })).id)
    const [one, two, three] = asked as [string, string, string]
    const listed = async (caller: typeof ada, more: object = {}) =>
      (await bed.approvals.list(caller, { limit: 10, ...more })).requests.map(({ id }) => id)
    assert.deepEqual(await listed(ada), [three, two, one])
    const page = await bed.approvals.list(ada, { limit: 2 })
    assert.deepEqual(
      page.requests.map(({ id }) => id),
      [three, two],
    )
    const rest = await bed.approvals.list(ada, { limit: 2, pageToken: page.nextPageToken })
    assert.deepEqual([rest.requests.map(({ id }) => id), rest.nextPageToken], [[one], undefined])
    assert.deepEqual(await listed(ada, { name: 'fresh' }), [three])
    await bed.approvals.reject(bob, { id: two })
    assert.deepEqual(await listed(ada, { state: 'open' }), [three, one])
    assert.deepEqual(await listed(ada, { state: 'rejected' }), [two])
    assert.deepEqual(await listed(ada, { mine: true }), [three])
    assert.deepEqual(await listed(bob, { mine: true }), [one])
    assert.deepEqual(await listed(owner, { mine: true }), [three, one])
    await bed.group('risk', ['bob'])
    const [{ id } = { id: '' }] = (await bed.approvals.listPolicies(owner)).filter(
      ({ kind }) => kind === 'alias',
    )
    await bed.approvals.updatePolicy(owner, { id, approvers: ['groups/risk'] })
    assert.deepEqual(await listed(owner, { mine: true }), [three])
    assert.deepEqual(await listed(bob, { mine: true }), [one])
    const reader = await bed.as('bob', { may: ['model.read'] })
    assert.deepEqual(await listed(reader, { mine: true }), [])
    const bad = (more: object) => bed.approvals.list(ada, { limit: 10, ...more })
    await assert.rejects(bad({ limit: 0 }), is('INVALID_PARAMETER_VALUE', /'limit'/))
    await assert.rejects(bad({ limit: 1001 }), is('INVALID_PARAMETER_VALUE', /'limit'/))
    for (const pageToken of ['x', '-1', '9'.repeat(40), '1.5']) {
      await assert.rejects(bad({ pageToken }), is('INVALID_PARAMETER_VALUE', /'page_token'/))
    }
  })
})
