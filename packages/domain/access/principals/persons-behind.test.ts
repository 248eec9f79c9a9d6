import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { accessMigrations } from '../index.ts'
import { openCredentials } from '../testing/open-credentials.ts'
import { makePersonsBehind } from './persons-behind.ts'

/** Alice and bob; `ci` is a service account of alice. */
async function openPersons(db: Database) {
  const bed = await openCredentials(db)
  const keys = new Map<string, number>()
  async function account(name: string, maker = '') {
    const kind = maker === '' ? 'user' : 'service'
    const key = await bed.account(name, { kind, ...(kind === 'service' ? { home: bed.here } : {}) })
    keys.set(name, key)
    await db.inTx((tx) =>
      tx
        .tables<{ principals: { principal_key: number; created_by: string } }>()
        .updateTable('principals')
        .set({ created_by: maker })
        .where('principal_key', '=', key)
        .execute(),
    )
    return key
  }
  await account('alice')
  await account('bob')
  await account('ci', 'Alice')
  const personsBehind = makePersonsBehind({ clock: bed.now })
  return {
    ...bed,
    account,
    keyOf: (name: string) => keys.get(name)!,
    behind: async (name: string) => {
      const persons = await personsBehind(db.read, keys.get(name) ?? 999)
      return [...keys].filter(([, key]) => persons.has(key)).map(([known]) => known)
    },
  }
}

eachEngine('who stands behind an account', [eventsMigrations, accessMigrations], (open) => {
  test('is a user itself, and of a service account whoever made it, through others as well', async () => {
    await using db = await open()
    const bed = await openPersons(db)
    await bed.account('child', 'ci')
    await bed.account('orphan', 'somebody who is gone')
    assert.deepEqual(await bed.behind('alice'), ['alice'])
    assert.deepEqual(await bed.behind('ci'), ['alice', 'ci'])
    assert.deepEqual(await bed.behind('child'), ['alice', 'ci', 'child'])
    assert.deepEqual(await bed.behind('orphan'), ['orphan'])
  })

  test('is nobody where the account is gone or disabled; a maker who is disabled counts', async () => {
    await using db = await open()
    const bed = await openPersons(db)
    await bed.alter(bed.keyOf('alice'), { disabled_at: 1 })
    assert.deepEqual(await bed.behind('alice'), [])
    assert.deepEqual(await bed.behind('nobody'), [])
    assert.deepEqual(await bed.behind('ci'), ['alice', 'ci'])
  })

  test('goes round in no circle', async () => {
    await using db = await open()
    const bed = await openPersons(db)
    await bed.account('one', 'two')
    await bed.account('two', 'one')
    assert.deepEqual(await bed.behind('one'), ['one', 'two'])
  })
})
