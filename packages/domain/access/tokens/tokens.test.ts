import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import type { AccessTables } from '../access-tables.ts'
import { hashSecret } from '../authentication/secret.ts'
import { accessMigrations } from '../index.ts'
import { openCredentials, PASSWORD } from '../testing/open-credentials.ts'

const DENIED = { code: 'PERMISSION_DENIED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const HOUR = 3_600_000
const DAY = 24 * HOUR

eachEngine('tokens', [eventsMigrations, accessMigrations], (open) => {
  test('a personal token is shown once; the database has its hash and first characters', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const alice = await bed.callerOf('alice')
    const { token, ...made } = await bed.tokens.create(alice, { kind: 'personal', name: 'laptop' })
    assert.match(token, /^orrery_pat_[\w-]{43}$/)
    assert.deepEqual(made, {
      id: made.id,
      kind: 'personal',
      name: 'laptop',
      principal: 'alice',
      workspace: 'default',
      allWorkspaces: false,
      readOnly: false,
      shown: token.slice(0, 15),
      runId: null,
      createdAt: bed.now(),
      createdBy: 'alice',
      expiresAt: bed.now() + 90 * DAY,
      lastUsedAt: null,
      lastUsedFrom: null,
    })
    assert.deepEqual(await bed.tokens.list(alice, { whose: 'own' }), [made])
    const [row] = await bed.rows('tokens')
    assert.equal(row!.hash, hashSecret(token))
    const told = JSON.stringify([await bed.rows('tokens'), await bed.events()])
    assert.equal(told.includes(token.slice(15)), false)
    assert.equal(JSON.stringify(await bed.events()).includes(hashSecret(token)), false)
    assert.deepEqual(await bed.events(), [
      {
        type: 'token.created',
        subject: `tokens/${made.id}`,
        before: undefined,
        after: { kind: 'personal', name: 'laptop', principal: 'alice', expiresAt: made.expiresAt },
        actor: 'user:alice',
      },
    ])
    assert.equal(bed.countedIn(bed.here), 1)
  })

  test('its life is what the workspace allows at most', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const alice = await bed.callerOf('alice')
    const make = (lifeMs?: number) => bed.tokens.create(alice, { kind: 'personal', name: 'x', lifeMs })
    assert.equal((await make(366 * DAY)).expiresAt, bed.now() + 366 * DAY)
    for (const life of [366 * DAY + 1, 999, 0, -1, 1.5, Number.NaN]) {
      await assert.rejects(make(life), { ...INVALID, message: /from 1000 to 31622400000 milliseconds/ })
    }
    await db.inTx(async (tx) => {
      await tx
        .tables<AccessTables>()
        .updateTable('workspaces')
        .set({ max_token_life_ms: DAY })
        .where('workspace_key', '=', bed.here.key)
        .execute()
    })
    assert.equal((await make()).expiresAt, bed.now() + DAY)
    await assert.rejects(make(DAY + 1), INVALID)
    const there = await bed.callerOf('alice', { workspace: bed.elsewhere })
    const other = await bed.tokens.create(there, { kind: 'personal', name: 'x' })
    assert.equal(other.expiresAt, bed.now() + 90 * DAY)
  })

  test('names are checked', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const alice = await bed.callerOf('alice')
    for (const name of ['', ' x', 'x\n', 'a\u200bb', 'x'.repeat(129), '\ud83d']) {
      await assert.rejects(bed.tokens.create(alice, { kind: 'personal', name }), INVALID)
    }
    assert.deepEqual(await bed.rows('tokens'), [])
  })

  test('a token makes no other that reaches further, and one of a limited time makes none', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const only = await bed.callerOf('alice', {
      credential: { kind: 'personal', key: 1, onlyIn: bed.here.key },
    })
    const wide = { kind: 'personal', name: 'x', allWorkspaces: true } as const
    await assert.rejects(bed.tokens.create(only, wide), DENIED)
    const reading = await bed.callerOf('alice', { credential: { kind: 'personal', key: 1, readOnly: true } })
    await assert.rejects(bed.tokens.create(reading, wide), DENIED)
    assert.equal((await bed.tokens.createTracking(reading, {})).readOnly, true)
    for (const kind of ['tracking', 'run'] as const) {
      const limited = await bed.callerOf('alice', { credential: { kind, key: 1 } })
      await assert.rejects(bed.tokens.create(limited, wide), DENIED)
      await assert.rejects(bed.tokens.createTracking(limited, {}), DENIED)
    }
  })

  test('a token of a service account is made by whoever manages the workspace that it belongs to', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    await bed.account('ci', { kind: 'service', home: bed.here })
    const wanted = { kind: 'service', name: 'nightly', serviceAccount: 'ci' } as const
    const owner = await bed.callerOf('alice')
    const made = await bed.tokens.create(owner, wanted)
    assert.match(made.token, /^orrery_svc_/)
    assert.deepEqual([made.principal, made.createdBy], ['ci', 'alice'])
    await assert.rejects(
      bed.tokens.create(await bed.callerOf('alice', { may: ['workspace.read'] }), wanted),
      DENIED,
    )
    const foreign = await bed.callerOf('alice', { workspace: bed.elsewhere })
    await assert.rejects(bed.tokens.create(foreign, wanted), {
      ...ABSENT,
      message: 'User with username=ci not found',
    })
    await assert.rejects(bed.tokens.create(owner, { ...wanted, serviceAccount: 'alice' }), ABSENT)
    const itself = await bed.callerOf('ci', { may: ['workspace.read'] })
    await assert.rejects(bed.tokens.create(itself, { kind: 'personal', name: 'x' }), DENIED)
  })

  test('twenty an hour and no more', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const alice = await bed.callerOf('alice')
    const make = () => bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    for (let i = 0; i < 20; i++) await make()
    await assert.rejects(make(), { code: 'REQUEST_LIMIT_EXCEEDED', retryAfterSeconds: 600 })
    assert.equal(bed.countedIn(bed.here), 20)
    bed.later(HOUR)
    await make()
  })

  test('a tracking credential lives at most an hour and counts against no quota', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const alice = await bed.callerOf('alice')
    const { token, expiresAt } = await bed.tokens.createTracking(alice, {})
    assert.match(token, /^orrery_trk_/)
    assert.equal(expiresAt, bed.now() + HOUR)
    assert.equal(bed.countedIn(bed.here), 0)
    await assert.rejects(bed.tokens.createTracking(alice, { lifeMs: HOUR + 1 }), INVALID)
    bed.later(HOUR)
    const next = await bed.tokens.createTracking(alice, {})
    const listed = await bed.tokens.list(alice, { whose: 'own' })
    assert.deepEqual(
      listed.map(({ id }) => id),
      [next.id],
    )
  })

  test('a thousand tracking credentials an hour are enough', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const key = await bed.account('alice')
    const alice = await bed.callerOf('alice')
    await db.inTx(async (tx) => {
      const made = Array.from({ length: 999 }, (_, i) => ({
        token_id: `id-${i}`,
        hash: `hash-${i}`,
        kind: 'tracking' as const,
        name: '',
        principal_key: key,
        workspace_key: bed.here.key,
        all_workspaces: 0,
        read_only: 0,
        shown: '',
        stamp: 0,
        run_key: null,
        run_id: null,
        created_at: bed.now(),
        created_by: 'alice',
        expires_at: bed.now() + HOUR,
        ends_at: bed.now() + HOUR,
        last_used_at: null,
        last_used_from: null,
      }))
      for (let i = 0; i < made.length; i += 333) {
        await tx
          .tables<AccessTables>()
          .insertInto('tokens')
          .values(made.slice(i, i + 333))
          .execute()
      }
    })
    await bed.tokens.createTracking(alice, {})
    await assert.rejects(bed.tokens.createTracking(alice, {}), { code: 'REQUEST_LIMIT_EXCEEDED' })
    bed.later(HOUR)
    await bed.tokens.createTracking(alice, {})
  })

  test('the token of a run is renewed while the run is running, with the runs below it', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const alice = await bed.callerOf('alice')
    const made = await bed.tokens.createForRun(alice, { runKey: 7, runId: 'run-7' })
    assert.match(made.token, /^orrery_run_/)
    assert.equal(made.runId, 'run-7')
    const key = Number((await bed.rows('tokens'))[0]!.token_key)
    await db.inTx(async (tx) => {
      await tx
        .tables<AccessTables>()
        .insertInto('token_runs')
        .values({ token_key: key, run_key: 8, created_at: 0 })
        .execute()
    })
    bed.later(30 * 60_000)
    const asking = (runs: number[]) =>
      bed.callerOf('alice', {
        credential: { kind: 'run', key },
        confinement: { runs: new Set(runs), refusal: '' },
      })
    const next = await bed.tokens.renew(await asking([7, 8]))
    assert.equal(next.expiresAt, bed.now() + HOUR)
    assert.notEqual(next.token, made.token)
    assert.deepEqual(
      (await bed.rows('token_runs')).map((row) => Number(row.run_key)),
      [8, 8],
    )
    await assert.rejects(bed.tokens.renew(await asking([8])), { code: 'UNAUTHENTICATED' })
    await assert.rejects(bed.tokens.renew(alice), DENIED)
  })

  test('a token is revoked by whom it belongs to and by whoever manages its workspace', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    const key = await bed.account('alice')
    await bed.account('bob')
    const alice = await bed.callerOf('alice', { may: [] })
    const forgotten: unknown[] = []
    bed.changes.onForget((concerned) => void forgotten.push(concerned))
    const make = () => bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const [one, two] = [await make(), await make()]
    const stranger = await bed.callerOf('bob', { may: ['workspace.read'] })
    const ownerElsewhere = await bed.callerOf('bob', { workspace: bed.elsewhere })
    for (const caller of [stranger, ownerElsewhere]) {
      await assert.rejects(bed.tokens.revoke(caller, { id: one.id }), {
        ...ABSENT,
        message: `Token with id=${one.id} not found`,
      })
    }
    await assert.rejects(bed.tokens.revoke(alice, { id: 'nothing' }), ABSENT)
    assert.deepEqual(forgotten, [])
    await bed.tokens.revoke(alice, { id: one.id })
    await bed.tokens.revoke(await bed.callerOf('bob'), { id: two.id })
    assert.deepEqual(forgotten, [{ principal: key }, { principal: key }])
    assert.deepEqual(await bed.rows('tokens'), [])
    assert.equal(bed.countedIn(bed.here), 0)
    assert.deepEqual(
      (await bed.events()).slice(-2).map(({ type, actor }) => [type, actor]),
      [
        ['token.revoked', 'user:alice'],
        ['token.revoked', 'user:bob'],
      ],
    )
  })

  test('a token that only reads ends itself and nothing else', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice', { password: PASSWORD })
    const alice = await bed.callerOf('alice')
    const other = await bed.tokens.create(alice, { kind: 'personal', name: 'x' })
    const mine = await bed.tokens.create(alice, { kind: 'personal', name: 'y', readOnly: true })
    const key = Number((await bed.rows('tokens')).find((row) => row.token_id === mine.id)!.token_key)
    const reading = await bed.callerOf('alice', { credential: { kind: 'personal', key, readOnly: true } })
    await assert.rejects(bed.tokens.revoke(reading, { id: other.id }), DENIED)
    await assert.rejects(bed.sessions.end(reading, { all: true }), DENIED)
    const password = { name: 'alice', password: 'another battery staple', current: PASSWORD }
    await assert.rejects(bed.passwords.set(reading, password), DENIED)
    await bed.tokens.revoke(reading, { id: mine.id })
    assert.deepEqual(
      (await bed.rows('tokens')).map((row) => row.token_id),
      [other.id],
    )
  })

  test('owners see the tokens of their workspace, others their own', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    await bed.account('bob')
    const there = await bed.callerOf('alice', { workspace: bed.elsewhere })
    const mine = await bed.tokens.create(await bed.callerOf('alice'), { kind: 'personal', name: 'x' })
    const other = await bed.tokens.create(there, { kind: 'personal', name: 'y' })
    const his = await bed.tokens.create(await bed.callerOf('bob'), { kind: 'personal', name: 'z' })
    const idsOf = async (whose: 'own' | 'workspace', name: string) =>
      (await bed.tokens.list(await bed.callerOf(name), { whose })).map(({ id }) => id)
    assert.deepEqual(await idsOf('own', 'alice'), [other.id, mine.id])
    assert.deepEqual(await idsOf('workspace', 'alice'), [his.id, mine.id])
    const reader = await bed.callerOf('bob', { may: ['workspace.read'] })
    await assert.rejects(bed.tokens.list(reader, { whose: 'workspace' }), DENIED)
  })

  test('a token of one workspace neither shows nor ends those of its account in another', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const make = (caller: Caller) => bed.tokens.create(caller, { kind: 'personal', name: 'x' })
    const own = await make(await bed.callerOf('alice'))
    const other = await make(await bed.callerOf('alice', { workspace: bed.elsewhere }))
    const narrow = await bed.callerOf('alice', {
      credential: { kind: 'personal', key: 99, onlyIn: bed.here.key },
    })
    const idsOf = async (caller: Caller) =>
      (await bed.tokens.list(caller, { whose: 'own' })).map(({ id }) => id)
    assert.deepEqual(await idsOf(narrow), [own.id])
    await assert.rejects(bed.tokens.revoke(narrow, { id: other.id }), {
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Token with id=${other.id} not found`,
    })
    await bed.tokens.revoke(narrow, { id: own.id })
    assert.deepEqual(await idsOf(await bed.callerOf('alice')), [other.id])
  })

  test('where there are no accounts there are no tokens', async () => {
    await using db = await open()
    const bed = await openCredentials(db)
    await bed.account('alice')
    const { key: _, ...nobody } = (await bed.callerOf('alice')).principal
    const caller = { ...(await bed.callerOf('alice')), principal: nobody }
    await assert.rejects(bed.tokens.create(caller, { kind: 'personal', name: 'x' }), {
      code: 'INVALID_STATE',
    })
    await assert.rejects(bed.tokens.createTracking(caller, {}), { code: 'INVALID_STATE' })
    assert.deepEqual(await bed.tokens.list(caller, { whose: 'own' }), [])
  })
})
