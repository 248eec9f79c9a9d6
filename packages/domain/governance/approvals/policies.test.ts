import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem, type ProblemCode } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { readEvents } from '../../events/index.ts'
import { makeCallRegistry } from '../../registry/testing/call-registry.ts'
import { APPROVAL_LIMITS } from '../approvals.ts'
import { makeApprovalGate } from './approval-gate.ts'
import { makeApprovals } from './make-approvals.ts'
import { APPROVAL_MIGRATIONS, openApprovals } from './testing/open-approvals.ts'

const DAY_MS = 86_400_000

const is = (code: ProblemCode, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, says)
  return true
}

const GOOD = { models: 'fraud*', kind: 'stage', value: 'production' } as const

const BAD: readonly (readonly [more: object, says: RegExp])[] = [
  [{ models: '' }, /'models'/],
  [{ models: 'a*b' }, /'models'/],
  [{ models: '**' }, /'models'/],
  [{ models: 'a/b' }, /'models'/],
  [{ models: 'a:1' }, /'models'/],
  [{ models: 'a\0' }, /'models'/],
  [{ models: 'x'.repeat(257) }, /'models'/],
  [{ value: 'None' }, /one of the stages Staging, Production, Archived/],
  [{ value: 'live' }, /one of the stages/],
  [{ value: '' }, /one of the stages/],
  [{ kind: 'alias', value: 'a b' }, /an alias has letters/],
  [{ kind: 'alias', value: '' }, /an alias has letters/],
  [{ kind: 'alias', value: 'x'.repeat(256) }, /an alias has letters/],
  [{ approvers: ['bob'] }, /users\/<name>/],
  [{ approvers: ['users/'] }, /users\/<name>/],
  [{ approvers: ['accounts/bob'] }, /users\/<name>/],
  [{ approvers: ['users/a/b'] }, /users\/<name>/],
  [{ approvers: Array.from({ length: 51 }, (_, i) => `users/u${i}`) }, /51 entries, at most 50/],
  [
    { approvers: ['users/nobody', 'users/bob', 'roles/none', 'groups/bob'] },
    /Nobody is called 'users\/nobody', 'roles\/none', 'groups\/bob'/,
  ],
  [{ expiresMs: 3_599_999 }, /'expires_ms'/],
  [{ expiresMs: 90 * DAY_MS + 1 }, /'expires_ms'/],
  [{ expiresMs: 3_600_000.5 }, /'expires_ms'/],
]

eachEngine('policies of approvals', APPROVAL_MIGRATIONS, (open) => {
  test('are made, changed and lifted, each told once, in their workspace', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await bed.group('risk', ['bob'])
    const eve = await bed.as('eve')
    const { approvals } = bed
    const policy = await approvals.createPolicy(eve, { ...GOOD, approvers: ['groups/risk', 'groups/risk'] })
    assert.deepEqual(policy, {
      ...{ id: policy.id, models: 'fraud*', kind: 'stage', value: 'Production', approvers: ['groups/risk'] },
      ...{ expiresMs: 7 * DAY_MS, createdBy: 'user:eve', createdAt: 1_700_000_000_000 },
    })
    await assert.rejects(
      approvals.createPolicy(eve, { ...GOOD, value: 'PRODUCTION' }),
      is('RESOURCE_ALREADY_EXISTS', /'fraud\*: stage Production' exists already/),
    )
    const there = await bed.as('eve', { workspace: bed.elsewhere.workspace })
    assert.deepEqual(await approvals.listPolicies(there), [])
    const gone = is('RESOURCE_DOES_NOT_EXIST', /No approval policy/)
    await assert.rejects(approvals.updatePolicy(there, { id: policy.id, expiresMs: DAY_MS }), gone)
    await assert.rejects(approvals.deletePolicy(there, { id: policy.id }), gone)
    const other = await approvals.createPolicy(there, GOOD)
    const changed = await approvals.updatePolicy(eve, {
      id: policy.id,
      approvers: ['users/bob', 'roles/owner'],
      expiresMs: 3 * DAY_MS,
    })
    await approvals.updatePolicy(eve, { id: policy.id, approvers: ['users/bob', 'roles/owner'] })
    assert.deepEqual(changed, { ...policy, approvers: ['users/bob', 'roles/owner'], expiresMs: 3 * DAY_MS })
    assert.deepEqual(await approvals.listPolicies(eve), [changed])
    await approvals.deletePolicy(eve, { id: policy.id })
    assert.deepEqual([await approvals.listPolicies(eve), await approvals.listPolicies(there)], [[], [other]])
    const told = (await readEvents(db.read, 0, 100)).filter(({ type }) => type.startsWith('approval-policy.'))
    const facts = { models: 'fraud*', kind: 'stage', value: 'Production' }
    const subject = `policies/approvals/${policy.id}`
    assert.deepEqual(
      told.map((event) => [event.type, event.subject, event.before, event.after]),
      [
        [
          'approval-policy.created',
          subject,
          undefined,
          { ...facts, approvers: ['groups/risk'], expiresMs: 7 * DAY_MS },
        ],
        [
          'approval-policy.created',
          `policies/approvals/${other.id}`,
          undefined,
          { ...facts, approvers: [], expiresMs: 7 * DAY_MS },
        ],
        [
          'approval-policy.updated',
          subject,
          { approvers: ['groups/risk'], expiresMs: 7 * DAY_MS },
          { approvers: ['users/bob', 'roles/owner'], expiresMs: 3 * DAY_MS },
        ],
        ['approval-policy.deleted', subject, facts, undefined],
      ],
    )
  })

  test('are for owners', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const { id } = await bed.approvals.createPolicy(await bed.as('eve'), GOOD)
    const member = await bed.as('bob', { may: ['workspace.read', 'model.write', 'approval.decide'] })
    const denied = is('PERMISSION_DENIED', /lacks 'policy.manage'/)
    await assert.rejects(bed.approvals.createPolicy(member, { ...GOOD, models: 'x' }), denied)
    await assert.rejects(bed.approvals.updatePolicy(member, { id, expiresMs: DAY_MS }), denied)
    await assert.rejects(bed.approvals.deletePolicy(member, { id }), denied)
    assert.equal((await bed.approvals.listPolicies(member)).length, 1)
  })

  test('that say nothing sensible are refused, with what is allowed', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const eve = await bed.as('eve')
    for (const [more, says] of BAD) {
      const given = { ...GOOD, ...more } as Parameters<typeof bed.approvals.createPolicy>[1]
      await assert.rejects(
        bed.approvals.createPolicy(eve, given),
        is('INVALID_PARAMETER_VALUE', says),
        JSON.stringify(more),
      )
    }
    assert.deepEqual(await bed.approvals.listPolicies(eve), [])
  })

  test('are two hundred at most', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    const eve = await bed.as('eve')
    for (let n = 0; n < APPROVAL_LIMITS.policies; n++) {
      await bed.approvals.createPolicy(eve, { ...GOOD, models: `m${n}` })
    }
    await assert.rejects(
      bed.approvals.createPolicy(eve, GOOD),
      is('INVALID_PARAMETER_VALUE', /200 approval policies/),
    )
  })

  test('that are lifted end the requests under them, and what they protected is free', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await bed.model('fraud', ['None', 'None'])
    const eve = await bed.as('eve')
    const { id } = await bed.approvals.createPolicy(eve, GOOD)
    const change = {
      kind: 'stage',
      name: 'fraud',
      version: 2,
      stage: 'Production',
      archiveExisting: false,
    } as const
    const asked = await bed.approvals.request(await bed.as('ada'), { change })
    await bed.approvals.deletePolicy(eve, { id })
    const ended = await bed.approvals.get(eve, { id: asked.id })
    assert.deepEqual([ended.state, ended.policyId], ['expired', ''])
    const last = (await bed.told()).findLast(({ type }) => type === 'approval.expired')
    assert.deepEqual([last?.actor, last?.after?.because], ['system:server', 'policy-deleted'])
    await bed.call(bed.here, {
      verb: 'transition',
      name: 'fraud',
      version: '2',
      stage: 'Production',
      archive: false,
    })
  })

  test('cannot be made where nobody is known, and bind everybody where they are', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await bed.model('fraud', ['None', 'None'])
    await bed.approvals.createPolicy(await bed.as('eve'), GOOD)
    const alone = { ...bed.deps, hasAccounts: false }
    const approvals = makeApprovals(alone)
    const says = is('INVALID_STATE', /no accounts/)
    await assert.rejects(approvals.createPolicy(bed.here, { ...GOOD, models: 'x' }), says)
    const change = {
      kind: 'stage',
      name: 'fraud',
      version: 2,
      stage: 'Production',
      archiveExisting: false,
    } as const
    await assert.rejects(approvals.request({ ...bed.here, reason: 'why not' }, { change }), says)
    const policy = { ask: makeApprovalGate(alone) }
    const call = makeCallRegistry({ ...bed.registryDeps, policy })
    const move = {
      verb: 'transition',
      name: 'fraud',
      version: '2',
      stage: 'Production',
      archive: false,
    } as const
    await assert.rejects(call(bed.here, move), (error: unknown) => {
      is('PERMISSION_DENIED', /needs the approval of another person/)(error)
      assert.match((error as Problem).hint!, /--auth/)
      return true
    })
    const [{ id } = { id: '' }] = await approvals.listPolicies(bed.here)
    await approvals.deletePolicy(bed.here, { id })
    await call(bed.here, move)
  })
})
