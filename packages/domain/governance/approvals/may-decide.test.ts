import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem, type ProblemCode } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { readEvents } from '../../events/index.ts'
import { APPROVAL_MIGRATIONS, type ApprovalBed, openApprovals } from './testing/open-approvals.ts'

const DAY_MS = 86_400_000
const CHANGE = { kind: 'alias', name: 'fraud', version: 2, alias: 'champion' } as const

interface Row {
  readonly says: string
  /** What is prepared before anybody asks. */
  readonly before?: (bed: ApprovalBed) => Promise<unknown>
  readonly asks?: string
  /** What happens between asking and deciding. */
  readonly between?: (bed: ApprovalBed) => Promise<unknown>
  readonly decides: string
  readonly approvers?: readonly string[]
  readonly refused?: { readonly code: ProblemCode; readonly says: RegExp }
}

const SAME = { code: 'PERMISSION_DENIED', says: /Another person than who asked/ } as const
const UNNAMED = { code: 'PERMISSION_DENIED', says: /names who approves: .* is not among them/ } as const

/** Ada's service account `bot`, made by her. */
const adasBot = (bed: ApprovalBed) => bed.service('bot', 'ada')

const ROWS: readonly Row[] = [
  { says: 'another user may', decides: 'bob' },
  { says: 'who asked may not', decides: 'ada', refused: SAME },
  { says: 'a service account of who asked may not', before: adasBot, decides: 'bot', refused: SAME },
  {
    says: 'who made the service account that asked may not',
    before: adasBot,
    asks: 'bot',
    decides: 'ada',
    refused: SAME,
  },
  { says: 'another user may, where a service account asked', before: adasBot, asks: 'bot', decides: 'bob' },
  {
    says: 'a name in other letters is the same person',
    before: (bed) => bed.service('bot', 'ADA'),
    asks: 'bot',
    decides: 'ada',
    refused: SAME,
  },
  {
    says: 'of two service accounts of one maker the other may not',
    before: async (bed) => {
      await adasBot(bed)
      await bed.service('other', 'ada')
    },
    asks: 'bot',
    decides: 'other',
    refused: SAME,
  },
  {
    says: 'a service account that a service account of who asked made may not',
    before: async (bed) => {
      await adasBot(bed)
      await bed.service('child', 'bot')
    },
    decides: 'child',
    refused: SAME,
  },
  {
    says: 'a service account of somebody else may',
    before: (bed) => bed.service('bot', 'bob'),
    decides: 'bot',
  },
  {
    says: 'a service account with a token of who asked may not',
    before: async (bed) => {
      await bed.service('bot', 'bob')
      await bed.token('bot', 'ada', DAY_MS)
    },
    decides: 'bot',
    refused: SAME,
  },
  {
    says: 'a token that had ended before anybody asked makes nobody the same',
    before: async (bed) => {
      await bed.service('bot', 'bob')
      await bed.token('bot', 'ada', 10)
      bed.later(11)
    },
    decides: 'bot',
  },
  {
    says: 'who revoked the token with which they had asked may not',
    before: async (bed) => {
      await bed.service('bot', 'bob')
      const revoke = await bed.token('bot', 'ada', DAY_MS)
      revoking.set(bed, revoke)
    },
    asks: 'bot',
    between: (bed) => revoking.get(bed)!(),
    decides: 'ada',
    refused: SAME,
  },
  {
    says: 'who made themselves a token of the account that asked afterwards may not',
    before: (bed) => bed.service('bot', 'bob'),
    asks: 'bot',
    between: (bed) => bed.token('bot', 'eve', DAY_MS),
    decides: 'eve',
    refused: SAME,
  },
  { says: 'a named user may', approvers: ['users/bob'], decides: 'bob' },
  {
    says: 'one of a named group may',
    approvers: ['users/eve', 'groups/risk'],
    before: riskOf('bob'),
    decides: 'bob',
  },
  {
    says: 'one of a group by its name in other letters may',
    approvers: ['groups/RISK'],
    before: riskOf('bob'),
    decides: 'bob',
  },
  {
    says: 'one of another group may not',
    approvers: ['groups/risk'],
    before: riskOf('eve'),
    decides: 'bob',
    refused: UNNAMED,
  },
  {
    says: 'who has a named role may',
    approvers: ['roles/operator'],
    before: (bed) => bed.assign(bed.keyOf('bob'), bed.here.workspace, 'operator'),
    decides: 'bob',
  },
  {
    says: 'who has a named role through a group may',
    approvers: ['roles/operator'],
    before: async (bed) => bed.assign(await bed.group('risk', ['bob']), bed.here.workspace, 'operator'),
    decides: 'bob',
  },
  {
    says: 'who has the named role in another workspace may not',
    approvers: ['roles/operator'],
    before: (bed) => bed.assign(bed.keyOf('bob'), bed.elsewhere.workspace, 'operator'),
    decides: 'bob',
    refused: UNNAMED,
  },
  {
    says: 'a new account with the name of one that was named may not',
    approvers: ['users/bob'],
    between: (bed) => bed.replace('bob'),
    decides: 'bob',
    refused: UNNAMED,
  },
  {
    says: 'one of a new group with the name of one that was named may not',
    approvers: ['groups/risk'],
    before: riskOf('bob'),
    between: (bed) => bed.replace('risk', ['bob']),
    decides: 'bob',
    refused: UNNAMED,
  },
  {
    says: 'who may do everything and is not named may not',
    approvers: ['users/eve'],
    decides: 'bob',
    refused: UNNAMED,
  },
  {
    says: 'being named is not enough for who asked',
    approvers: ['users/ada'],
    decides: 'ada',
    refused: SAME,
  },
  {
    says: 'nobody may, where who asked is disabled',
    between: (bed) => bed.disable('ada'),
    decides: 'bob',
    refused: { code: 'RESOURCE_CONFLICT', says: /user:ada, is gone or disabled/ },
  },
]

const revoking = new WeakMap<ApprovalBed, () => Promise<unknown>>()

function riskOf(...members: string[]) {
  return (bed: ApprovalBed) => bed.group('risk', members)
}

const is =
  ({ code, says }: NonNullable<Row['refused']>) =>
  (error: unknown) => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, says)
    return true
  }

eachEngine('who decides', APPROVAL_MIGRATIONS, (open) => {
  for (const { says, before, asks = 'ada', between, decides, approvers = [], refused } of ROWS) {
    test(says, async () => {
      await using db = await open()
      await using bed = await openApprovals(db)
      await bed.model('fraud', ['None', 'None'], { champion: 1 })
      await before?.(bed)
      const policy = { models: 'fraud', kind: 'alias', value: 'champion', approvers } as const
      await bed.approvals.createPolicy(await bed.as('eve'), policy)
      const { id } = await bed.approvals.request(await bed.as(asks), { change: CHANGE })
      await between?.(bed)
      const told = (await bed.told()).length
      const decider = await bed.as(decides)
      const { aliases } = await bed.registry.models.get(bed.here, { name: 'fraud' })
      if (refused === undefined) {
        assert.equal((await bed.approvals.approve(decider, { id })).state, 'approved')
        return
      }
      await assert.rejects(bed.approvals.approve(decider, { id }), is(refused))
      await assert.rejects(bed.approvals.reject(decider, { id }), is(refused))
      assert.equal((await bed.approvals.get(decider, { id })).state, 'open')
      assert.deepEqual((await bed.registry.models.get(bed.here, { name: 'fraud' })).aliases, aliases)
      assert.equal((await bed.told()).length, told)
    })
  }

  test('rights are needed as well, and no credential that passes will do', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await bed.model('fraud', ['None', 'None'], { champion: 1 })
    const policy = { models: 'fraud', kind: 'alias', value: 'champion' } as const
    await bed.approvals.createPolicy(await bed.as('eve'), policy)
    const { id } = await bed.approvals.request(await bed.as('ada'), { change: CHANGE })
    const lacks = async (may: Parameters<ApprovalBed['as']>[1], says: RegExp) =>
      assert.rejects(
        bed.approvals.approve(await bed.as('bob', may), { id }),
        is({ code: 'PERMISSION_DENIED', says }),
      )
    await lacks({ may: ['model.read', 'model.write'] }, /lacks 'approval.decide'/)
    await lacks({ may: ['model.read', 'approval.decide'] }, /lacks 'model.write'/)
    await lacks({ credential: { kind: 'tracking', key: 1 } }, /A tracking credential .* decides no approvals/)
    await lacks({ credential: { kind: 'run', key: 1 } }, /A run credential .* decides no approvals/)
    await assert.rejects(
      bed.approvals.approve(bed.here, { id }),
      is({ code: 'PERMISSION_DENIED', says: /is no account/ }),
    )
    const { state } = await bed.approvals.approve(
      await bed.as('bob', { credential: { kind: 'personal', key: 1 } }),
      { id },
    )
    assert.equal(state, 'approved')
  })

  test('a policy that names the new account of a name means that one, and says so', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await bed.model('fraud', ['None', 'None'], { champion: 1 })
    const [eve, approvers] = [await bed.as('eve'), ['users/bob']]
    const { id: policy } = await bed.approvals.createPolicy(eve, {
      ...{ models: 'fraud', kind: 'alias', value: 'champion', approvers },
    })
    const { id } = await bed.approvals.request(await bed.as('ada'), { change: CHANGE })
    await bed.replace('bob')
    const bob = await bed.as('bob')
    const waiting = async () => (await bed.approvals.list(bob, { mine: true, limit: 10 })).requests.length
    assert.equal(await waiting(), 0)
    await assert.rejects(bed.approvals.approve(bob, { id }), is(UNNAMED))
    assert.deepEqual((await bed.approvals.listPolicies(eve))[0]!.approvers, approvers)
    await bed.approvals.updatePolicy(eve, { id: policy, approvers })
    assert.equal(await waiting(), 1)
    const told = (await readEvents(db.read, 0, 100)).findLast(
      ({ type }) => type === 'approval-policy.updated',
    )
    assert.deepEqual([told?.before, told?.after], [{ approvers }, { approvers }])
    assert.equal((await bed.approvals.approve(bob, { id })).state, 'approved')
  })

  test('every policy that binds a change must name who approves', async () => {
    await using db = await open()
    await using bed = await openApprovals(db)
    await bed.model('fraud', ['Staging'])
    const owner = await bed.as('eve')
    const of = (value: string, approvers: readonly string[]) =>
      bed.approvals.createPolicy(owner, { models: '*', kind: 'stage', value, approvers })
    await of('Staging', ['users/bob'])
    await of('Production', ['users/eve', 'users/bob'])
    const change = {
      kind: 'stage',
      name: 'fraud',
      version: 1,
      stage: 'Production',
      archiveExisting: false,
    } as const
    const { id } = await bed.approvals.request(await bed.as('ada'), { change })
    await assert.rejects(bed.approvals.approve(owner, { id }), is(UNNAMED))
    assert.equal((await bed.approvals.approve(await bed.as('bob'), { id })).state, 'approved')
  })
})
