import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { accessMigrations } from '../index.ts'
import { openWorkspaces } from '../testing/open-workspaces.ts'
import { makeMeasureUsage } from './measure-usage.ts'
import { stateOf } from './quota-state.ts'

const MODULES = [eventsMigrations, accessMigrations]
const refused = (message: string) => ({ code: 'QUOTA_EXCEEDED', message })

test('a count is near from 80 % on and exceeded where nothing more fits', () => {
  for (const [used, quota, state] of [
    [0, null, 'ok'],
    [1e15, null, 'ok'],
    [79, 100, 'ok'],
    [80, 100, 'near'],
    [99, 100, 'near'],
    [100, 100, 'exceeded'],
    [101, 100, 'exceeded'],
    [0, 0, 'exceeded'],
    [0, 1, 'ok'],
    [4, 5, 'near'],
  ] as const) {
    assert.equal(stateOf(used, quota), state, `${used} of ${quota}`)
  }
})

async function openQuotas(db: Database) {
  const bed = await openWorkspaces(db)
  const { quotas, meter } = bed
  const caller = bed.elsewhere
  return {
    ...bed,
    count: (amount: number) => db.inTx((tx) => meter.count(tx, caller, 'runs', amount)),
    of: async (what: string, of = caller) => (await quotas.list(of)).find((quota) => quota.what === what)!,
    set: (quota: number | null) => quotas.set(caller, { what: 'runs', quota }),
    told: async () => {
      await meter.quiet()
      const events = await bed.events()
      return events
        .filter(({ type }) => /near|exceeded/.test(type))
        .map(({ type, after }) => ({ type, ...after }))
    },
  }
}

eachEngine('quotas', MODULES, (open) => {
  test('everything is counted, with no quota set, and in its own workspace', async () => {
    await using db = await open()
    const { count, quotas, elsewhere, here, told } = await openQuotas(db)
    for (let i = 0; i < 40; i++) await count(1)
    await count(-3)
    await count(0)
    const none = { used: 0, quota: null, state: 'ok' }
    assert.deepEqual(await quotas.list(elsewhere), [
      { what: 'runs', used: 37, quota: null, state: 'ok' },
      { what: 'artifact-bytes', ...none },
      { what: 'tokens', ...none },
      { what: 'webhooks', ...none },
    ])
    assert.deepEqual((await quotas.list(here))[0], { what: 'runs', ...none })
    assert.deepEqual(await told(), [])
  })

  test('what would pass a quota is refused whole, and less is always taken', async () => {
    await using db = await open()
    const { count, set, of, meter, elsewhere, here, make } = await openQuotas(db)
    await set(10)
    await count(9)
    await assert.rejects(count(2), refused("The workspace 'elsewhere' has used 9 of 10 runs."))
    await count(1)
    await assert.rejects(count(1), refused("The workspace 'elsewhere' has used 10 of 10 runs."))
    // What the transaction did before is not kept either.
    const both = db.inTx(async (tx) => {
      await meter.count(tx, elsewhere, 'artifact-bytes', 7)
      await meter.count(tx, elsewhere, 'runs', 1)
    })
    await assert.rejects(both, { code: 'QUOTA_EXCEEDED' })
    assert.equal((await of('artifact-bytes')).used, 0)
    assert.deepEqual(await of('runs'), { what: 'runs', used: 10, quota: 10, state: 'exceeded' })
    await count(-4)
    await count(4)
    await db.inTx((tx) => meter.count(tx, here, 'runs', 1000))
    await make('third')
    await set(3)
    await count(-1)
    await assert.rejects(count(1), refused("The workspace 'elsewhere' has used 9 of 3 runs."))
    await set(null)
    await count(1000)
    assert.deepEqual(await of('runs'), { what: 'runs', used: 1009, quota: null, state: 'ok' })
  })

  test('of many at once no more are taken than fit', async () => {
    await using db = await open()
    const { count, set, of } = await openQuotas(db)
    await set(10)
    const all = await Promise.allSettled(Array.from({ length: 25 }, () => count(1)))
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 10)
    assert.equal((await of('runs')).used, 10)
  })

  test('each mark is told once, and again after it was left', async () => {
    await using db = await open()
    const { count, set, told } = await openQuotas(db)
    await set(10)
    await count(7)
    assert.deepEqual(await told(), [])
    await count(1)
    await count(1)
    const near = { type: 'workspace.quota-near', what: 'runs', used: 8, quota: 10 }
    assert.deepEqual(await told(), [near])
    await count(1)
    const full = { type: 'workspace.quota-exceeded', what: 'runs', used: 10, quota: 10 }
    assert.deepEqual(await told(), [near, full])
    for (let i = 0; i < 3; i++) await assert.rejects(count(1), { code: 'QUOTA_EXCEEDED' })
    assert.deepEqual(await told(), [near, full])
    await count(-1)
    await count(-4)
    await count(4)
    const again = { ...near, used: 9 }
    assert.deepEqual(await told(), [near, full, again])
  })

  test('a refusal far from the quota is told as exceeded, once', async () => {
    await using db = await open()
    const { count, set, told, meter, elsewhere } = await openQuotas(db)
    await set(10)
    await count(5)
    await assert.rejects(count(6), { code: 'QUOTA_EXCEEDED' })
    await meter.quiet() // or the next refusal may be told first
    await count(1)
    await assert.rejects(
      meter.mustFit(elsewhere, 'runs', 5),
      refused("The workspace 'elsewhere' has used 6 of 10 runs."),
    )
    await meter.mustFit(elsewhere, 'runs', 4)
    await meter.mustFit(elsewhere, 'runs', -100)
    assert.deepEqual(await told(), [{ type: 'workspace.quota-exceeded', what: 'runs', used: 5, quota: 10 }])
  })

  test('setting a quota tells the change, and no mark that is passed already', async () => {
    await using db = await open()
    const { count, set, told, events } = await openQuotas(db)
    await count(9)
    assert.deepEqual(await set(10), { what: 'runs', used: 9, quota: 10, state: 'near' })
    await set(10)
    await count(1)
    assert.deepEqual(
      (await told()).map(({ type }) => type),
      ['workspace.quota-exceeded'],
    )
    await set(null)
    assert.deepEqual(
      (await events()).filter(({ type }) => type === 'workspace.quota-changed'),
      [
        [null, 10],
        [10, null],
      ].map(([before, after]) => ({
        type: 'workspace.quota-changed',
        subject: 'workspaces/elsewhere',
        before: { what: 'runs', quota: before },
        after: { what: 'runs', quota: after },
      })),
    )
  })

  test('administrators set quotas, members see them', async () => {
    await using db = await open()
    const { quotas, elsewhere, as, hold } = await openQuotas(db)
    hold('ada', elsewhere.workspace, 'owner')
    const ada = as('ada', elsewhere.workspace)
    assert.equal((await quotas.list(ada)).length, 4)
    await assert.rejects(quotas.set(ada, { what: 'runs', quota: null }), { code: 'PERMISSION_DENIED' })
    await assert.rejects(quotas.list(as('bob', elsewhere.workspace)), { code: 'PERMISSION_DENIED' })
    for (const quota of [-1, 1.5, Number.NaN, 2 ** 53]) {
      await assert.rejects(quotas.set(elsewhere, { what: 'runs', quota }), {
        code: 'INVALID_PARAMETER_VALUE',
      })
    }
    const strange = { what: 'gpus' as 'runs', quota: 1 }
    await assert.rejects(quotas.set(elsewhere, strange), { code: 'INVALID_PARAMETER_VALUE' })
  })

  test('what happened already is counted whatever the quota, and frees what it frees', async () => {
    await using db = await open()
    const { count, set, of, meter, elsewhere, told } = await openQuotas(db)
    const workspace = elsewhere.workspace.key
    const adjust = (amount: number) => db.inTx((tx) => meter.adjust(tx, workspace, 'runs', amount))
    await set(10)
    await count(10)
    await adjust(5)
    assert.deepEqual(await of('runs'), { what: 'runs', used: 15, quota: 10, state: 'exceeded' })
    await adjust(-13)
    await count(6)
    await db.inTx((tx) => meter.set(tx, workspace, 'runs', 3))
    assert.equal((await of('runs')).used, 3)
    await count(5)
    assert.deepEqual(
      (await told()).map((mark) => [mark.type, (mark as { used?: number }).used]),
      [
        ['workspace.quota-exceeded', 10],
        ['workspace.quota-near', 8],
        ['workspace.quota-near', 8],
      ],
    )
  })

  test('what an earlier version has made is measured once', async () => {
    await using db = await open()
    const { count, of, deps, meter, elsewhere, here, make } = await openQuotas(db)
    let asked: number[] = []
    const measureUsage = makeMeasureUsage({
      db,
      residents: [
        {
          measure: async (_reads, workspace) => {
            asked.push(workspace)
            return { runs: 100 + workspace }
          },
        },
        { measure: async () => ({ 'artifact-bytes': 7 }) },
      ],
    })
    assert.equal(deps.db, db)
    await db.inTx((tx) => meter.set(tx, elsewhere.workspace.key, 'runs', 5))
    await measureUsage()
    assert.equal((await of('runs')).used, 5)
    assert.equal((await of('artifact-bytes')).used, 7)
    assert.equal((await of('runs', here)).used, 100 + here.workspace.key)
    assert.deepEqual(asked, [here.workspace.key, elsewhere.workspace.key])
    asked = []
    await count(1)
    await make('third')
    await Promise.all([measureUsage(), measureUsage()])
    assert.equal(new Set(asked).size, 1)
    assert.equal((await of('runs')).used, 6)
  })
})
