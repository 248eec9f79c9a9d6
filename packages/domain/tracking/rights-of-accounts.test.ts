import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, countingIds, type Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import {
  accessMigrations,
  makeAccess,
  makeGrantVerbs,
  makePasswordHasher,
  makePrincipals,
  makeRoles,
  makeThings,
} from '../access/index.ts'
import { eventsMigrations, makeEmit } from '../events/index.ts'
import { experimentNames, findExperimentKey, runningRuns, trackingMigrations } from './index.ts'
import { openTracking } from './testing/open-tracking.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }

const NO_MODELS = { find: async () => undefined, names: async () => new Map<number, string>() }

/** Tracking with accounts, whose rights come from their rows and from what they make. */
async function openWithAccounts(db: Database) {
  const clock = () => 1_700_000_000_000
  const ids = countingIds(1_000_000)
  const access = makeAccess({ db, clock, ids })
  await access.changes.follow()
  const tracking = await openTracking(db, access.ownership)
  const experiment = { find: findExperimentKey, names: experimentNames }
  const deps = {
    ...access,
    db,
    clock,
    emit: makeEmit({ clock, ids }),
    things: makeThings({ experiment, model: NO_MODELS }, runningRuns),
    hasher: makePasswordHasher({ logN: 4 }),
    meter: { adjust: async () => {} },
  }
  const [principals, roles, grants] = [makePrincipals(deps), makeRoles(deps), makeGrantVerbs(deps)]
  const keys = new Map<string, number>()

  async function account(name: string, role?: string, { workspace }: Caller = tracking.here): Promise<void> {
    keys.set(name, (await principals.create(tracking.here, { kind: 'user', name })).key)
    if (role === undefined) return
    const listed = await roles.list(tracking.here, { workspaces: [workspace.name] })
    const { key } = listed.find((known) => known.name === role)!
    await roles.assign(tracking.here, { principal: name, roleKey: key })
  }

  /** An account as its next request comes. */
  async function as(name: string, workspace: Workspace = tracking.here.workspace): Promise<Caller> {
    const key = keys.get(name)!
    return access.profiles.callerOf(await access.profiles.profileOf(key, workspace.key), {
      workspace,
      principal: { kind: 'user', name, key },
      requestId: 'test',
      address: '',
      credential: { kind: 'password' },
    })
  }
  return { ...tracking, grants, account, as }
}

eachEngine('rights of accounts', [eventsMigrations, accessMigrations, trackingMigrations], (open) => {
  test('an experiment is shared with whom it is given to; with others than members by who admits them', async () => {
    await using db = await open()
    const { experiments, runs, search, grants, account, as, here, elsewhere } = await openWithAccounts(db)
    await account('ann', 'contributor')
    await account('ben', 'reader')
    await account('sue')
    await account('eve', 'owner', elsewhere)
    const experimentId = await experiments.create(await as('ann'), { name: 'wine' })
    const { info } = await runs.create(await as('ann'), { experimentId })
    const { runId } = info
    for (const caller of [await as('sue'), await as('eve', elsewhere.workspace)]) {
      await assert.rejects(experiments.get(caller, { experimentId }), ABSENT)
      await assert.rejects(runs.get(caller, { runId }), ABSENT)
      await assert.rejects(runs.setTag(caller, { runId, key: 'k', value: 'v' }), ABSENT)
    }
    const share = { principal: 'sue', kind: 'experiment', pattern: experimentId, effect: 'allow' } as const
    await assert.rejects(grants.give(await as('ann'), { ...share, right: { level: 'READ' } }), ABSENT)
    await assert.rejects(runs.setTag(await as('ben'), { runId, key: 'k', value: 'v' }), DENIED)
    await grants.give(await as('ann'), { ...share, principal: 'ben', right: { level: 'EDIT' } })
    await runs.setTag(await as('ben'), { runId, key: 'k', value: 'v' })
    await grants.give(here, { ...share, right: { level: 'READ' } })
    const seen = await search.experiments(await as('sue'), {})
    assert.deepEqual(
      seen.experiments.map(({ name }) => name),
      ['wine'],
    )
    assert.equal((await runs.get(await as('sue'), { runId })).info.runId, runId)
    await assert.rejects(experiments.get(await as('sue'), { experimentId: '0' }), ABSENT)
    await assert.rejects(runs.setTag(await as('sue'), { runId, key: 'k', value: 'v' }), DENIED)
    await assert.rejects(experiments.rename(await as('sue'), { experimentId, newName: 'x' }), DENIED)
    await grants.give(here, { ...share, right: { level: 'EDIT' }, replace: true })
    await runs.setTag(await as('sue'), { runId, key: 'k', value: 'v' })
    await assert.rejects(runs.delete(await as('sue'), { runId }), DENIED)
    await assert.rejects(
      grants.give(await as('sue'), { ...share, right: { level: 'MANAGE' }, replace: true }),
      DENIED,
    )
  })

  test('a denial takes a thing from whoever has a role', async () => {
    await using db = await open()
    const { experiments, runs, metrics, search, grants, account, as } = await openWithAccounts(db)
    await account('ann', 'contributor')
    await account('bob', 'data-scientist')
    await account('cid', 'owner')
    const experimentId = await experiments.create(await as('ann'), { name: 'wine' })
    const { info } = await runs.create(await as('bob'), { experimentId })
    const point = { runId: info.runId, key: 'm', value: 1, timestamp: 1, step: 0 }
    await metrics.log(await as('bob'), point)
    const denial = { kind: 'experiment', pattern: experimentId, effect: 'deny' } as const
    await grants.give(await as('ann'), { principal: 'bob', ...denial, right: { level: 'EDIT' } })
    await assert.rejects(metrics.log(await as('bob'), point), DENIED)
    assert.equal((await runs.get(await as('bob'), { runId: info.runId })).info.runId, info.runId)
    await grants.give(await as('ann'), {
      principal: 'bob',
      ...denial,
      right: { level: 'READ' },
      replace: true,
    })
    await assert.rejects(runs.get(await as('bob'), { runId: info.runId }), ABSENT)
    const found = await search.runs(await as('bob'), { experimentIds: [experimentId, '0'] })
    assert.deepEqual(found.runs, [])
    await grants.give(await as('ann'), { principal: 'cid', ...denial, right: { level: 'READ' } })
    await metrics.log(await as('cid'), point)
  })

  test('what is removed leaves no rights, and what comes after it has new ones', async () => {
    await using db = await open()
    const { experiments, account, as } = await openWithAccounts(db)
    await account('ann', 'contributor')
    const experimentId = await experiments.create(await as('ann'), { name: 'wine' })
    const grantRows = async () => {
      const tables = db.read.tables<{ grants: { target: number; level: string } }>()
      return tables.selectFrom('grants').select(['target', 'level']).execute()
    }
    assert.deepEqual(await grantRows(), [{ target: Number(experimentId), level: 'MANAGE' }])
    await experiments.delete(await as('ann'), { experimentId })
    await experiments.remove(await as('ann'), { experimentId })
    assert.deepEqual(await grantRows(), [])
    const again = await experiments.create(await as('ann'), { name: 'wine' })
    assert.deepEqual(await grantRows(), [{ target: Number(again), level: 'MANAGE' }])
  })
})
