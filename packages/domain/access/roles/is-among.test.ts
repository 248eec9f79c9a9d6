import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { accessMigrations } from '../index.ts'
import { openCredentials } from '../testing/open-credentials.ts'
import { isAmong, whoIsNamed } from './is-among.ts'

/** Alice is in `risk`, which operates `default`; bob owns `elsewhere`; root is administrator. */
async function openNamed(db: Database) {
  const bed = await openCredentials(db)
  const alice = await bed.account('alice')
  const bob = await bed.account('bob')
  const root = await bed.account('root', { isAdmin: true })
  const risk = await bed.account('risk', { kind: 'group' })
  await db.inTx((tx) =>
    tx
      .tables<{ group_members: { group_key: number; member_key: number; source: string } }>()
      .insertInto('group_members')
      .values({ group_key: risk, member_key: alice, source: 'manual' })
      .execute(),
  )
  await bed.assign(risk, bed.here, 'operator')
  await bed.assign(bob, bed.elsewhere, 'owner')
  return { ...bed, alice, bob, root, risk }
}

eachEngine('accounts by name', [eventsMigrations, accessMigrations], (open) => {
  test('are among users, groups, and roles of the workspace, also through groups', async () => {
    await using db = await open()
    const { alice, bob, root, here, elsewhere } = await openNamed(db)
    const among = async (key: number, ...names: string[]) =>
      isAmong(db.read, here.key, key, await whoIsNamed(db.read, here.key, names))
    assert.equal(await among(alice, 'users/alice'), true)
    assert.equal(await among(alice, 'users/ALICE'), true)
    assert.equal(await among(alice, 'users/bob', 'groups/risk'), true)
    assert.equal(await among(alice, 'roles/operator'), true)
    assert.equal(await among(bob, 'users/alice', 'groups/risk', 'roles/operator'), false)
    assert.equal(await among(bob, 'roles/owner'), false)
    const owners = await whoIsNamed(db.read, elsewhere.key, ['roles/owner'])
    assert.equal(await isAmong(db.read, elsewhere.key, bob, owners), true)
    assert.equal(await isAmong(db.read, here.key, bob, owners), false)
    assert.equal(await among(root, 'roles/owner', 'roles/operator'), false, 'being administrator is no role')
    assert.equal(await among(alice), false)
    assert.equal(await among(alice, 'groups/alice', 'roles/risk', 'alice'), false)
  })

  test('that somebody has are found, each as it was given', async () => {
    await using db = await open()
    const { here, alice, risk } = await openNamed(db)
    const named = [
      'users/alice',
      'users/nobody',
      'groups/risk',
      'groups/alice',
      'users/risk',
      'roles/owner',
      'roles/none',
    ]
    const found = await whoIsNamed(db.read, here.key, named)
    assert.deepEqual(
      found.map(({ name }) => name),
      ['users/alice', 'groups/risk', 'roles/owner'],
    )
    assert.deepEqual(
      found.slice(0, 2).map(({ key }) => key),
      [alice, risk],
    )
    assert.deepEqual(await whoIsNamed(db.read, here.key, []), [])
  })
})
