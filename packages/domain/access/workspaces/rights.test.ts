import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { AccessTables } from '../access-tables.ts'
import type { CallerFacts } from '../decisions/profiled-caller.ts'
import { makeProfiles } from '../decisions/profiles.ts'
import { accessMigrations } from '../index.ts'
import { keepUser } from '../testing/keep-user.ts'
import { openWorkspaces } from '../testing/open-workspaces.ts'
import { makeWorkspaces } from './make-workspaces.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const absent = (name: string) => ({
  code: 'RESOURCE_DOES_NOT_EXIST',
  message: `Workspace '${name}' not found`,
})

/** Accounts whose rights are rows, as everywhere but in the other tests of this folder. */
async function openRights(db: Database) {
  const bed = await openWorkspaces(db)
  const { changes } = bed.deps
  await changes.follow()
  const profiles = makeProfiles({ db, changes })
  const workspaces = makeWorkspaces({ ...bed.deps, callerIn: profiles.callerIn })

  const account = (name: string, isAdmin: 0 | 1 = 0) => keepUser(db, name, isAdmin)

  return {
    ...bed,
    workspaces,
    account,
    /** A request of an account at the root of the server. */
    async asking(key: number, more: Partial<CallerFacts> = {}): Promise<Caller> {
      const { workspace } = bed.here
      return profiles.callerOf(await profiles.profileOf(key, workspace.key), {
        workspace,
        principal: { kind: 'user', name: `account ${key}`, key },
        requestId: 'test',
        address: '',
        credential: { kind: 'password' },
        ...more,
      })
    },
    assign: (principal: number, workspace: number, role: string) =>
      db.inTx(async (tx) => {
        const k = tx.tables<AccessTables>()
        const { role_key } = await k
          .selectFrom('roles')
          .select('role_key')
          .where('workspace_key', '=', workspace)
          .where('name', '=', role)
          .executeTakeFirstOrThrow()
        await k
          .insertInto('role_assignments')
          .values({
            workspace_key: workspace,
            principal_key: principal,
            role_key,
            source: 'manual',
            created_at: 1,
            created_by: '',
          })
          .execute()
        await changes.change(tx, { principal, workspace })
      }),
  }
}

eachEngine('rights on workspaces', [eventsMigrations, accessMigrations], (open) => {
  test('administrators make and see all of them, others those in which they have a role', async () => {
    await using db = await open()
    const { workspaces, account, asking, assign } = await openRights(db)
    const [root, ada] = [await account('root', 1), await account('ada')]
    const { key } = await workspaces.create(await asking(root), { name: 'vision' })
    await assert.rejects(
      asking(ada).then((caller) => workspaces.create(caller, { name: 'audio' })),
      DENIED,
    )
    await assert.rejects(
      asking(ada).then((caller) => workspaces.get(caller, { name: 'vision' })),
      absent('vision'),
    )
    const names = async (principal: number) =>
      (await workspaces.list(await asking(principal))).map(({ name }) => name)
    assert.deepEqual([await names(root), await names(ada)], [['default', 'elsewhere', 'vision'], []])
    await assign(ada, key, 'reader')
    assert.deepEqual(await names(ada), ['vision'])
    const reader = await asking(ada)
    await assert.rejects(workspaces.update(reader, { name: 'vision', description: 'x' }), DENIED)
    await assert.rejects(workspaces.delete(reader, { name: 'vision', confirm: 'vision' }), DENIED)
  })

  test('an owner keeps the workspace, with all of their credential and no more', async () => {
    await using db = await open()
    const { workspaces, account, asking, assign, here } = await openRights(db)
    const [root, ada] = [await account('root', 1), await account('ada')]
    const { key } = await workspaces.create(await asking(root), { name: 'vision' })
    await assign(ada, key, 'owner')
    const name = 'vision'
    const narrow = await asking(ada, { credential: { kind: 'personal', onlyIn: here.workspace.key } })
    await assert.rejects(workspaces.get(narrow, { name }), absent(name))
    assert.deepEqual(await workspaces.list(narrow), [])
    const reading = await asking(ada, { credential: { kind: 'personal', readOnly: true } })
    assert.equal((await workspaces.get(reading, { name })).name, name)
    await assert.rejects(workspaces.update(reading, { name, description: 'x' }), DENIED)
    await assert.rejects(workspaces.delete(reading, { name, confirm: name }), DENIED)
    const owner = await asking(ada)
    await workspaces.setArchived(owner, { name, archived: true })
    await workspaces.setArchived(owner, { name, archived: false })
    await workspaces.update(owner, { name, description: 'x', maxTokenLifeMs: 1000 })
    await workspaces.delete(owner, { name, confirm: name })
    await assert.rejects(workspaces.get(owner, { name }), absent(name))
    assert.deepEqual(await workspaces.list(owner), [])
  })

  test('who owned a workspace that was deleted has nothing in the next of its name', async () => {
    await using db = await open()
    const { workspaces, account, asking, assign } = await openRights(db)
    const [root, ada] = [await account('root', 1), await account('ada')]
    const admin = await asking(root)
    const name = 'vision'
    const { key } = await workspaces.create(admin, { name })
    await assign(ada, key, 'owner')
    assert.equal((await workspaces.get(await asking(ada), { name })).key, key)
    await workspaces.delete(admin, { name, confirm: name })
    await workspaces.create(admin, { name })
    await assert.rejects(
      asking(ada).then((caller) => workspaces.get(caller, { name })),
      absent(name),
    )
  })
})
