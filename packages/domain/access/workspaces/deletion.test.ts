import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { AccessTables } from '../access-tables.ts'
import { accessMigrations } from '../index.ts'
import type { Residents } from '../seams.ts'
import { openWorkspaces } from '../testing/open-workspaces.ts'
import { makeWorkOffWorkspaces, SETTLES_MS } from './work-off-workspaces.ts'

const MODULES = [eventsMigrations, accessMigrations]
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }

/** Things that are only counted, by workspace. */
function keepThings(what: string) {
  const things = new Map<number, number>()
  const slices: number[] = []
  const residents: Residents = {
    losses: async (_reads, workspace) => [{ what, count: things.get(workspace) ?? 0, bytes: 1234 }],
    isEmpty: async (_tx, workspace) => !things.get(workspace),
    measure: async () => ({}),
    async removeSlice(workspace) {
      slices.push(workspace)
      const left = (things.get(workspace) ?? 0) - 1
      things.set(workspace, Math.max(0, left))
      return left <= 0
    },
  }
  return { things, slices, residents }
}

const HOLDER = { created_at: 1, created_by: '' }

/** A service account of a workspace with tokens, roles and grants in it and elsewhere, and a group that has it. */
async function keepMembers(db: Database, workspace: number, other: number): Promise<void> {
  await db.inTx(async (tx) => {
    const k = tx.tables<AccessTables>()
    const account = {
      display_name: '',
      email: '',
      is_admin: 0,
      disabled_at: null,
      stamp: 0,
      last_seen_at: null,
    }
    const made = { ...HOLDER, updated_at: 1 }
    for (const [kind, name, home] of [
      ['user', `ada${workspace}`, null],
      ['service', `bot${workspace}`, workspace],
    ] as const) {
      const { principal_key: principal } = await k
        .insertInto('principals')
        .values({ kind, name, folded_name: name, home_workspace_key: home, ...account, ...made })
        .returning('principal_key')
        .executeTakeFirstOrThrow()
      await k
        .insertInto('group_members')
        .values({ group_key: 9, member_key: principal, source: 'manual' })
        .execute()
      for (const where of [workspace, other]) {
        const held = { workspace_key: where, principal_key: principal, ...HOLDER }
        await k
          .insertInto('role_assignments')
          .values({ ...held, role_key: where, source: 'manual' })
          .execute()
        for (const target of [0, 1]) {
          const grant = { kind: 'experiment', level: 'READ', permission: '', effect: 'allow' } as const
          await k
            .insertInto('grants')
            .values({ ...held, ...grant, role_key: 0, target })
            .execute()
        }
        const id = `${principal}-${where}`
        const token = { token_id: id, hash: id, kind: 'personal', name: '', shown: '', stamp: 0 } as const
        const life = { expires_at: 9, ends_at: 9, last_used_at: null, last_used_from: null }
        const confined = { all_workspaces: 0, read_only: 0, run_key: null, run_id: null }
        const { token_key } = await k
          .insertInto('tokens')
          .values({ ...held, ...token, ...life, ...confined })
          .returning('token_key')
          .executeTakeFirstOrThrow()
        await k.insertInto('token_runs').values({ token_key, run_key: 1, created_at: 1 }).execute()
      }
    }
    await k.insertInto('workspace_tags').values({ workspace_key: workspace, key: 'k', value: 'v' }).execute()
  })
}

eachEngine('deletion of workspaces', MODULES, (open) => {
  test('wants the name typed, and says what would be lost', async () => {
    await using db = await open()
    const { things, residents } = keepThings('runs')
    const { workspaces, here, make, events, woken } = await openWorkspaces(db, [residents])
    const vision = await make('vision')
    things.set(vision.key, 12_345)
    await keepMembers(db, vision.key, here.workspace.key)
    assert.deepEqual(await workspaces.losses(here, { name: 'vision' }), [
      { what: 'runs', count: 12_345, bytes: 1234 },
      { what: 'members', count: 2 },
      { what: 'service accounts', count: 1 },
      { what: 'tokens', count: 2 },
    ])
    for (const confirm of ['', 'Vision', 'vision ', 'default']) {
      await assert.rejects(workspaces.delete(here, { name: 'vision', confirm }), {
        code: 'INVALID_PARAMETER_VALUE',
        message: `To delete the workspace 'vision' for good, 'confirm' must be its name (got '${confirm}'). It would lose 12,345 runs (1,234 bytes), 2 members, 1 service account, 2 tokens.`,
      })
    }
    assert.deepEqual([await events(), woken()], [[], 0])
    assert.equal((await workspaces.get(here, { name: 'vision' })).name, 'vision')
  })

  test('takes the name, the roles, the tokens and the service accounts at once, and of nobody else', async () => {
    await using db = await open()
    const { things, residents } = keepThings('runs')
    const { workspaces, here, elsewhere, make, events, woken, rowsOf } = await openWorkspaces(db, [residents])
    const vision = await make('vision')
    things.set(vision.key, 3)
    await keepMembers(db, vision.key, elsewhere.workspace.key)
    await keepMembers(db, elsewhere.workspace.key, here.workspace.key)
    await workspaces.delete(here, { name: 'vision', confirm: 'vision' })
    assert.equal(woken(), 1)
    await assert.rejects(workspaces.get(here, { name: 'vision' }), ABSENT)
    await assert.rejects(workspaces.delete(here, { name: 'vision', confirm: 'vision' }), ABSENT)
    assert.deepEqual(await events(), [
      {
        type: 'workspace.deleted',
        subject: 'workspaces/vision',
        before: { name: 'vision' },
        after: { lost: { runs: 3, members: 2, 'service accounts': 1, tokens: 2 } },
      },
    ])
    for (const table of ['roles', 'role_assignments', 'tokens'] as const) {
      assert.equal(await rowsOf(table, vision.key), 0, table)
    }
    // Ada and her own account elsewhere, and both accounts of that workspace, keep what they have.
    assert.deepEqual(
      [
        await rowsOf('role_assignments', elsewhere.workspace.key),
        await rowsOf('tokens', elsewhere.workspace.key),
        await rowsOf('grants', elsewhere.workspace.key),
      ],
      [3, 3, 6],
    )
    const names = await db.read
      .tables<AccessTables>()
      .selectFrom('principals')
      .select('name')
      .orderBy('name')
      .execute()
    const other = elsewhere.workspace.key
    assert.deepEqual(
      names.map(({ name }) => name),
      [`ada${vision.key}`, `ada${other}`, `bot${other}`].sort(),
    )
    const runs = await db.read.tables<AccessTables>().selectFrom('token_runs').select('token_key').execute()
    const tokens = await db.read.tables<AccessTables>().selectFrom('tokens').select('token_key').execute()
    assert.equal(tokens.length, 5)
    assert.deepEqual(
      new Set(runs.map(({ token_key }) => token_key)),
      new Set(tokens.map(({ token_key }) => token_key)),
    )
    const members = await db.read.tables<AccessTables>().selectFrom('group_members').selectAll().execute()
    assert.equal(members.length, 3)
  })

  test('frees the name: who comes next under it has nothing of the old one', async () => {
    await using db = await open()
    const { residents } = keepThings('runs')
    const { workspaces, here, rowsOf } = await openWorkspaces(db, [residents])
    const old = await workspaces.create(here, { name: 'vision', description: 'old', tags: { k: 'v' } })
    await workspaces.delete(here, { name: 'vision', confirm: 'vision' })
    const made = await workspaces.create(here, { name: 'vision' })
    assert.notEqual(made.key, old.key)
    assert.deepEqual([made.description, made.tags], ['', {}])
    assert.notEqual(made.id, old.id)
    await workspaces.delete(here, { name: 'vision', confirm: 'vision' })
    await workspaces.create(here, { name: 'vision' })
    assert.equal(await rowsOf('workspaces', old.key), 1)
  })

  test('only-empty refuses with MLflow’s sentence, and deletes what is empty', async () => {
    await using db = await open()
    const experiments = keepThings('experiments')
    const models = keepThings('registered models')
    const { workspaces, here, make, events } = await openWorkspaces(db, [
      experiments.residents,
      models.residents,
    ])
    const vision = await make('vision')
    const confirm = { onlyEmpty: true } as const
    models.things.set(vision.key, 2)
    await assert.rejects(workspaces.delete(here, { name: 'vision', confirm }), {
      code: 'INVALID_STATE',
      message:
        "Cannot delete workspace 'vision': table 'registered_models' still contains 2 resource(s). Remove or reassign them before deleting the workspace.",
    })
    assert.deepEqual(await events(), [])
    models.things.set(vision.key, 0)
    await workspaces.delete(here, { name: 'vision', confirm })
    await assert.rejects(workspaces.get(here, { name: 'vision' }), ABSENT)
  })

  test('default cannot be deleted, and names are looked at first', async () => {
    await using db = await open()
    const { workspaces, here } = await openWorkspaces(db)
    await assert.rejects(workspaces.delete(here, { name: 'default', confirm: 'default' }), {
      code: 'INVALID_PARAMETER_VALUE',
      message: "The 'default' workspace is reserved and cannot be deleted",
    })
    await assert.rejects(workspaces.delete(here, { name: 'x', confirm: 'x' }), {
      code: 'INVALID_PARAMETER_VALUE',
      message: "Workspace name 'x' must be between 2 and 63 characters.",
    })
  })

  test('of two at once one deletes', async () => {
    await using db = await open()
    const { workspaces, here, make, events } = await openWorkspaces(db)
    await make('vision')
    const both = await Promise.allSettled(
      [1, 2].map(() => workspaces.delete(here, { name: 'vision', confirm: 'vision' })),
    )
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await events()).length, 1)
  })

  test('the rest goes in slices once everybody has heard of it, and the row at last', async () => {
    await using db = await open()
    const { things, slices, residents } = keepThings('runs')
    const { workspaces, here, elsewhere, make, workOff, later, rowsOf } = await openWorkspaces(db, [
      residents,
    ])
    const [vision, audio] = [await make('vision'), await make('audio')]
    things.set(vision.key, 3).set(elsewhere.workspace.key, 5)
    await keepMembers(db, vision.key, elsewhere.workspace.key)
    await workspaces.delete(here, { name: 'vision', confirm: 'vision' })
    later(SETTLES_MS - 1)
    await workOff()
    assert.deepEqual(slices, [])
    await workspaces.delete(here, { name: 'audio', confirm: 'audio' })
    later(1)
    await workOff()
    assert.deepEqual(slices, [vision.key, vision.key, vision.key])
    const tables = ['workspaces', 'workspace_tags', 'workspace_usage', 'workspace_quotas', 'grants'] as const
    for (const table of tables) assert.equal(await rowsOf(table, vision.key), 0, table)
    assert.equal(await rowsOf('grants', elsewhere.workspace.key), 2)
    assert.equal(await rowsOf('workspaces', audio.key), 1)
    later(SETTLES_MS)
    await workOff()
    assert.deepEqual(slices.slice(3), [audio.key])
    assert.equal(await rowsOf('workspaces', audio.key), 0)
    assert.equal(things.get(elsewhere.workspace.key), 5)
  })

  test('it may be broken off anywhere and go on later, also with two at work', async () => {
    await using db = await open()
    const { things, slices, residents } = keepThings('runs')
    const bed = await openWorkspaces(db, [residents])
    const vision = await bed.make('vision')
    things.set(vision.key, 4)
    await keepMembers(db, vision.key, bed.here.workspace.key)
    await bed.workspaces.delete(bed.here, { name: 'vision', confirm: 'vision' })
    bed.later(SETTLES_MS)
    for (let stops = 1; stops <= 2; stops++) {
      const ending = new AbortController()
      const stopping: Residents = {
        ...residents,
        async removeSlice(workspace) {
          ending.abort()
          return residents.removeSlice(workspace)
        },
      }
      await makeWorkOffWorkspaces({ ...bed.deps, residents: [stopping] })(ending.signal)
      assert.equal(slices.length, stops)
      assert.equal(await bed.rowsOf('workspaces', vision.key), 1)
    }
    await Promise.all([bed.workOff(), bed.workOff()])
    assert.equal(await bed.rowsOf('workspaces', vision.key), 0)
    assert.equal(await bed.rowsOf('grants', vision.key), 0)
  })

  test('grants in tens of thousands go a thousand at a time', async () => {
    await using db = await open()
    const bed = await openWorkspaces(db)
    const vision = await bed.make('vision')
    const rows = Array.from({ length: 2500 }, (_, i) => [
      vision.key,
      i + 1,
      0,
      'experiment',
      i % 2,
      'READ',
      '',
      'allow',
      1,
      '',
    ])
    await db.inTx(async (tx) => {
      await tx.bulk(
        {
          table: 'grants',
          columns: {
            workspace_key: 'int',
            principal_key: 'int',
            role_key: 'int',
            kind: 'text',
            target: 'int',
            level: 'text',
            permission: 'text',
            effect: 'text',
            created_at: 'int',
            created_by: 'text',
          },
          key: ['workspace_key'],
          onClash: 'fail',
        },
        rows,
      )
    })
    await bed.workspaces.delete(bed.here, { name: 'vision', confirm: 'vision' })
    assert.equal(await bed.rowsOf('grants', vision.key), 2500)
    bed.later(SETTLES_MS)
    await bed.workOff()
    assert.equal(await bed.rowsOf('grants', vision.key), 0)
  })
})
