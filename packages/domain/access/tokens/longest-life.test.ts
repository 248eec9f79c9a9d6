import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { AccessTables } from '../access-tables.ts'
import { makeFindSigner } from '../authentication/find-signer.ts'
import { lifeInWords } from '../decisions/outlives.ts'
import { accessMigrations } from '../index.ts'
import { basic, openAuthentication } from '../testing/open-authentication.ts'
import { PASSWORD } from '../testing/open-credentials.ts'
import { limitedLife } from '../token.ts'

const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const HOUR = 3_600_000
const DAY = 24 * HOUR

async function openLives(db: Database) {
  const bed = await openAuthentication(db)
  await bed.assign(bed.keys.alice, bed.elsewhere, 'contributor')
  return {
    ...bed,
    alice: await bed.find({ authorization: basic('alice', PASSWORD) }),
    /** What an owner sets. */
    allow: (workspace: Workspace, ms: number | null) =>
      db.inTx(async (tx) => {
        await tx
          .tables<AccessTables>()
          .updateTable('workspaces')
          .set({ max_token_life_ms: ms })
          .where('workspace_key', '=', workspace.key)
          .execute()
        await bed.changes.change(tx, { workspace: workspace.key })
      }),
  }
}

const refusal = (workspace: string, cap: string, life: string) => ({
  code: 'PERMISSION_DENIED',
  message: `The workspace '${workspace}' takes tokens of a life of at most ${cap}, and this one was made for ${life}.`,
})

eachEngine('the longest life of a token', [eventsMigrations, accessMigrations], (open) => {
  test('is asked when it is used: shortened, it ends those that live longer, and no others', async () => {
    await using db = await open()
    const bed = await openLives(db)
    const make = (lifeMs: number) => bed.tokens.create(bed.alice, { kind: 'personal', name: 'x', lifeMs })
    const [long, short] = [await make(30 * DAY), await make(7 * DAY)]
    const asking = { authorization: `Bearer ${long.token}` }
    await bed.find(asking)
    await bed.allow(bed.here, 7 * DAY)
    const refused = refusal('default', '7 days', '30 days')
    await assert.rejects(bed.find(asking), refused)
    await assert.rejects(bed.find(asking), refused)
    await assert.rejects(bed.find({ authorization: basic('alice', long.token) }), refused)
    await bed.find({ authorization: `Bearer ${short.token}` })
    // Its own length counts, and not what is left of it.
    bed.later(29 * DAY)
    await assert.rejects(bed.find(asking), refused)
    await bed.allow(bed.here, null)
    await bed.find(asking)
    // Neither an hour nor a session is what is limited.
    await bed.allow(bed.here, 60_000)
    const { token } = await bed.tokens.createTracking(bed.alice, {})
    await bed.find({ authorization: `Bearer ${token}` })
    await bed.find({ authorization: basic('alice', PASSWORD) })
  })

  test('a token for all workspaces is refused where it lives too long, and it is told where', async () => {
    await using db = await open()
    const bed = await openLives(db)
    await bed.allow(bed.elsewhere, DAY)
    const wide = { kind: 'personal', name: 'x', allWorkspaces: true } as const
    const made = await bed.tokens.create(bed.alice, { ...wide, lifeMs: 30 * DAY })
    assert.deepEqual(made.tooLongFor, ['elsewhere'])
    assert.equal((await bed.tokens.create(bed.alice, { ...wide, lifeMs: DAY })).tooLongFor, undefined)
    const asking = { authorization: `Bearer ${made.token}` }
    const alice = await bed.find(asking)
    const refused = refusal('elsewhere', '1 day', '30 days')
    await assert.rejects(bed.find({ ...asking, workspace: 'elsewhere' }), refused)
    // MLflow asks at the root about other workspaces.
    assert.equal(await bed.profiles.mayIn(alice, 'run.read', bed.elsewhere.key), false)
    assert.equal(await bed.profiles.mayIn(bed.alice, 'run.read', bed.elsewhere.key), true)
    await assert.rejects(bed.profiles.callerIn(alice, bed.elsewhere), refused)
    // An administrator is in all of them.
    const root = await bed.find({ authorization: basic('root', PASSWORD) })
    assert.deepEqual((await bed.tokens.create(root, { ...wide, lifeMs: 2 * DAY })).tooLongFor, ['elsewhere'])
    const asRoot = (await bed.tokens.create(root, { ...wide, lifeMs: 2 * DAY })).token
    await assert.rejects(
      bed.find({ authorization: `Bearer ${asRoot}`, workspace: 'elsewhere' }),
      refusal('elsewhere', '1 day', '2 days'),
    )
  })

  test('of one workspace none is made that the workspace would refuse; the sentence says how long it allows', async () => {
    await using db = await open()
    const bed = await openLives(db)
    await bed.allow(bed.here, 7 * DAY)
    const make = (lifeMs?: number, allWorkspaces = false) =>
      bed.tokens.create(bed.alice, { kind: 'personal', name: 'x', lifeMs, allWorkspaces })
    await assert.rejects(make(7 * DAY + 1), {
      ...INVALID,
      message: `Invalid value ${7 * DAY + 1} for parameter 'life_ms' supplied: a token lives from 1000 to ${7 * DAY} milliseconds here: the workspace 'default' allows 7 days.`,
    })
    assert.equal((await make()).expiresAt, bed.now() + 7 * DAY)
    assert.deepEqual((await make(8 * DAY, true)).tooLongFor, ['default'])
    await assert.rejects(make(367 * DAY, true), INVALID)
  })

  test('a signed address ends with it too', async () => {
    await using db = await open()
    const bed = await openLives(db)
    const { token } = await bed.tokens.create(bed.alice, { kind: 'personal', name: 'x', lifeMs: 30 * DAY })
    const signer = await bed.find({ authorization: `Bearer ${token}` })
    const findSigner = makeFindSigner({ db, clock: bed.now, profiles: bed.profiles, running: async () => [] })
    const signed = { principal: signer.principal, credential: signer.credential }
    assert.equal((await findSigner(signer, signed, bed.here))?.principal.name, 'alice')
    await bed.allow(bed.here, DAY)
    assert.equal(await findSigner(signer, signed, bed.here), undefined)
  })

  test('whoever has no more than one grant in a workspace makes tokens for it', async () => {
    await using db = await open()
    const bed = await openLives(db)
    const carol = await bed.account('carol', { password: PASSWORD })
    await db.inTx(async (tx) => {
      const grant = {
        workspace_key: bed.elsewhere.key,
        principal_key: carol,
        role_key: 0,
        target: 7,
      } as const
      await tx
        .tables<AccessTables>()
        .insertInto('grants')
        .values({
          ...grant,
          ...{ kind: 'experiment', level: 'READ', permission: '', effect: 'allow' },
          ...{ created_at: 0, created_by: '' },
        })
        .execute()
      await bed.changes.change(tx, { principal: carol })
    })
    const authorization = basic('carol', PASSWORD)
    const there = await bed.find({ authorization, workspace: 'elsewhere' }, 'anyone')
    const { token } = await bed.tokens.create(there, { kind: 'personal', name: 'x' })
    const asked = await bed.find({ authorization: `Bearer ${token}`, workspace: 'elsewhere' })
    assert.deepEqual(asked.readable('experiment'), { kind: 'only', keys: [7] })
    await bed.tokens.createTracking(there, {})
    // At the root everybody who has an account is welcome, and for nothing.
    const nowhere = await bed.find({ authorization }, 'anyone')
    const none = { code: 'RESOURCE_DOES_NOT_EXIST', message: "'carol' is not in 'default'." }
    await assert.rejects(bed.tokens.create(nowhere, { kind: 'personal', name: 'x' }), none)
    await assert.rejects(
      bed.tokens.create(nowhere, { kind: 'personal', name: 'x', allWorkspaces: true }),
      none,
    )
    await assert.rejects(bed.tokens.createTracking(nowhere, {}), none)
  })
})

test('lives in words', () => {
  for (const [ms, words] of [
    [DAY, '1 day'],
    [90 * DAY, '90 days'],
    [36 * HOUR, '36 hours'],
    [90_000, '90 seconds'],
    [60_000, '1 minute'],
    [1500, '1500 milliseconds'],
  ] as const) {
    assert.equal(lifeInWords(ms), words)
  }
})

test('what people give an expiry is limited, and what ends by itself is not', () => {
  const life = { createdAt: 5, expiresAt: 15 }
  assert.deepEqual(
    (['personal', 'service', 'tracking', 'run'] as const).map((kind) => limitedLife({ kind, ...life })),
    [10, 10, undefined, undefined],
  )
})
