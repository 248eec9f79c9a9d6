import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem, type ProblemCode } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { sql } from 'kysely'
import { APPROVAL_MIGRATIONS, openApprovals } from './testing/open-approvals.ts'

const CHANGE = { kind: 'alias', name: 'fraud', version: 2, alias: 'champion' } as const
const MEMBER = ['workspace.read', 'model.read', 'model.write'] as const

const is = (code: ProblemCode) => (error: unknown) => error instanceof Problem && error.code === code

/** Of ada is `bot`, of bob `cid`; `viewer` may only read, `root` is an administrator and no member. */
async function openDeciders(db: Database) {
  const bed = await openApprovals(db)
  for (const [name, maker] of [
    ['bot', 'ada'],
    ['cid', 'bob'],
    ['viewer', 'eve'],
    ['root', ''],
  ] as const) {
    await bed.service(name, maker)
  }
  await db.inTx((tx) =>
    sql`update principals set is_admin = 1, kind = 'user', home_workspace_key = null
      where name = 'root'`.execute(tx.tables()),
  )
  const { workspace } = bed.here
  for (const name of ['ada', 'bob', 'bot', 'cid']) {
    await bed.assign(bed.keyOf(name), workspace, 'contributor')
  }
  await bed.assign(bed.keyOf('eve'), workspace, 'owner')
  await bed.assign(bed.keyOf('viewer'), workspace, 'reader')
  await bed.group('risk', ['ada', 'bob'])
  await bed.model('fraud', ['None', 'None'], { champion: 1 })
  const owner = await bed.as('eve')
  const input = { models: 'fraud', kind: 'alias', value: 'champion' } as const
  const policy = await bed.approvals.createPolicy(owner, input)
  const member = await bed.as('ada', { may: MEMBER })
  return {
    ...bed,
    owner,
    policy,
    member,
    ask: async () => (await bed.approvals.request(member, { change: CHANGE })).id,
    of: async (input: { policy: string } | { request: string }, caller = member) => {
      const { deciders, hidden } = await bed.approvals.deciders(caller, input)
      return [...deciders, hidden]
    },
    [Symbol.asyncDispose]: bed[Symbol.asyncDispose],
  }
}

eachEngine('who may decide', APPROVAL_MIGRATIONS, (open) => {
  test('is told of a policy: whoever holds the right, and of administrators as the asker may know', async () => {
    await using db = await open()
    await using bed = await openDeciders(db)
    const { id } = bed.policy
    const members = ['user:ada', 'user:bob', 'service:bot', 'service:cid', 'user:eve']
    assert.deepEqual(await bed.of({ policy: id }), [...members, 1])
    assert.deepEqual(await bed.of({ policy: id }, bed.owner), [...members, 'user:root', 0])
    await bed.approvals.updatePolicy(bed.owner, { id, approvers: ['groups/risk', 'users/viewer'] })
    assert.deepEqual(await bed.of({ policy: id }), ['user:ada', 'user:bob', 0])
    await bed.disable('bob')
    assert.deepEqual(await bed.of({ policy: id }), ['user:ada', 0])
    await assert.rejects(bed.of({ policy: 'none' }), is('RESOURCE_DOES_NOT_EXIST'))
    await assert.rejects(
      bed.of({ policy: id }, await bed.as('ada', { may: ['model.read'] })),
      is('PERMISSION_DENIED'),
    )
  })

  test('is told of a request: another person, whom every policy names that binds it, as approving finds', async () => {
    await using db = await open()
    await using bed = await openDeciders(db)
    const request = await bed.ask()
    assert.deepEqual(await bed.of({ request }), ['user:bob', 'service:cid', 'user:eve', 1])
    const every = await bed.approvals.createPolicy(bed.owner, {
      ...{ models: '*', kind: 'alias', value: '*', approvers: ['groups/risk', 'users/bot'] },
    })
    assert.deepEqual(await bed.of({ request }), ['user:bob', 0])
    for (const name of ['ada', 'bot', 'cid', 'eve']) {
      const caller = await bed.as(name)
      await assert.rejects(bed.approvals.approve(caller, { id: request }), is('PERMISSION_DENIED'), name)
    }
    await bed.approvals.deletePolicy(bed.owner, { id: every.id })
    const told = (await bed.told()).length
    assert.deepEqual(await bed.of({ request }), ['user:bob', 'service:cid', 'user:eve', 1])
    assert.equal((await bed.told()).length, told, 'asking changes nothing')
    await bed.approvals.approve(await bed.as('cid'), { id: request })
    assert.deepEqual(await bed.of({ request }), [0], 'it has ended')
  })

  test('is nobody where it can no longer be approved', async () => {
    await using db = await open()
    await using bed = await openDeciders(db)
    const request = await bed.ask()
    const unseen = await bed.as('bob', { readable: () => ({ kind: 'only', keys: [] }) })
    await assert.rejects(bed.of({ request }, unseen), is('RESOURCE_DOES_NOT_EXIST'))
    await bed.free(bed.here, { verb: 'setAlias', name: 'fraud', alias: 'champion', version: '2' })
    assert.deepEqual(await bed.of({ request }), [0], 'the alias has moved')
    await bed.free(bed.here, { verb: 'setAlias', name: 'fraud', alias: 'champion', version: '1' })
    assert.deepEqual(await bed.of({ request }), ['user:bob', 'service:cid', 'user:eve', 1])
    await bed.disable('ada')
    assert.deepEqual(await bed.of({ request }), [0], 'who asked is disabled')
  })
})
