import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { eventsMigrations } from '../../events/index.ts'
import { accessMigrations } from '../index.ts'
import { LIMITS } from '../limits.ts'
import { openCredentials } from '../testing/open-credentials.ts'

const ASKING = { requestId: 'r', address: '10.0.0.1' }
const ISSUER = 'https://login.example.org'
const MINE = { state: 's', browser: 'b', nonce: 'n', codeVerifier: 'v', next: '/x' }
const ENDED = { code: 'UNAUTHENTICATED', message: 'This sign-on has ended, or began in another browser.' }
const ADA = { issuer: ISSUER, subject: '1', email: 'ada@example.org', name: 'ada', groups: [] as string[] }
const HERE = { browser: 'Firefox', mayCreate: true }

async function openSignOn(db: Database) {
  const bed = await openCredentials(db)
  return {
    ...bed,
    /** Who a session belongs to, in a workspace that asks for no role. */
    async whose({ secret }: { secret: string }) {
      const asking = { workspace: undefined, authorization: undefined, reason: undefined, session: secret }
      const { principal } = await bed.authentication.findCaller({ ...ASKING, ...asking }, 'anyone')
      return principal
    },
    groupsOf: async (member: number) =>
      (await bed.rows('group_members'))
        .filter((row) => row.member_key === member)
        .map((row) => [row.group_key, row.source]),
  }
}

eachEngine('a sign-on under way', [eventsMigrations, accessMigrations], (open) => {
  test('is given to the browser that began it, once; the tables have hashes of what names it', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    const state = 'a'.repeat(43)
    await bed.signOn.begin({ ...MINE, state, browser: 'c'.repeat(43) })
    const stored = JSON.stringify(await bed.rows('sign_ons'))
    assert.equal(stored.includes(state) || stored.includes('c'.repeat(43)), false)
    const taken = await Promise.allSettled(
      [1, 2].map(() => bed.signOn.take({ state, browser: 'c'.repeat(43) })),
    )
    assert.deepEqual(taken.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const [given] = taken.filter((one) => one.status === 'fulfilled')
    assert.deepEqual(given!.value, { nonce: 'n', codeVerifier: 'v', next: '/x' })
  })

  test('is used up by another browser, and ends after ten minutes', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    await bed.signOn.begin(MINE)
    await assert.rejects(bed.signOn.take({ state: 's', browser: 'other' }), ENDED)
    await assert.rejects(bed.signOn.take({ state: 's', browser: 'b' }), ENDED)
    await bed.signOn.begin(MINE)
    bed.later(LIMITS.signOnMs)
    await assert.rejects(bed.signOn.take({ state: 's', browser: 'b' }), ENDED)
    await assert.rejects(bed.signOn.take({ state: '', browser: '' }), ENDED)
  })
})

eachEngine('an identity', [eventsMigrations, accessMigrations], (open) => {
  test('becomes an account at the first sign-on and stays it, whatever it is called later', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    const first = await bed.whose(await bed.signOn.finish(ASKING, { ...ADA, ...HERE }))
    assert.equal(first.name, 'ada')
    const again = { ...ADA, ...HERE, name: 'renamed', email: 'new@example.org', mayCreate: false }
    assert.deepEqual(await bed.whose(await bed.signOn.finish(ASKING, again)), first)
    const [identity] = await bed.rows('identities')
    assert.deepEqual([identity!.subject, identity!.email], ['1', 'new@example.org'])
    assert.deepEqual(
      (await bed.events()).map(({ type, actor }) => [type, actor]),
      [
        ['principal.created', 'user:ada'],
        ['identity.linked', 'user:ada'],
        ['session.begun', 'user:ada'],
        ['session.begun', 'user:ada'],
      ],
    )
  })

  test('takes over no account of the same name or address, and is not one of another issuer', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    const root = await bed.account('Ada', { isAdmin: true, password: 'correct horse battery' })
    const one = await bed.whose(await bed.signOn.finish(ASKING, { ...ADA, ...HERE }))
    const elsewhere = { ...ADA, ...HERE, issuer: 'https://evil.example' }
    const other = await bed.whose(await bed.signOn.finish(ASKING, elsewhere))
    assert.deepEqual([one.name, other.name], ['ada-2', 'ada-3'])
    assert.equal(new Set([root, one.key, other.key]).size, 3)
  })

  test('that is unknown becomes none where none may be made; a disabled account comes not in', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    const unknown = bed.signOn.finish(ASKING, { ...ADA, ...HERE, mayCreate: false })
    await assert.rejects(unknown, { code: 'UNAUTHENTICATED', message: /There is no account here/ })
    assert.deepEqual(await bed.rows('principals'), [])
    const { key } = await bed.whose(await bed.signOn.finish(ASKING, { ...ADA, ...HERE }))
    await bed.alter(key!, { disabled_at: 1 })
    const late = bed.signOn.finish(ASKING, { ...ADA, ...HERE })
    await assert.rejects(late, { code: 'UNAUTHENTICATED', message: 'Your account is disabled.' })
  })

  test('gets a name that an account may have, whatever the provider says', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    const told: [string, string][] = [
      ['auth0|5f:7/x', 'auth0-5f-7-x'],
      ['', 'user'],
      ['server', 'user-server'],
      ['\u202eada\ud83d', 'ada'],
      ['Zoë Müller', 'Zoe-Muller'],
      ['..', 'user-2'],
      ['名前', 'user-3'],
      ['x'.repeat(500), 'x'.repeat(120)],
    ]
    for (const [i, [name, given]] of told.entries()) {
      const session = await bed.signOn.finish(ASKING, { ...ADA, ...HERE, name, subject: `s${i}` })
      assert.equal((await bed.whose(session)).name, given)
    }
    const bad = bed.signOn.finish(ASKING, { ...ADA, ...HERE, subject: 'a\0' })
    await assert.rejects(bad, { code: 'UNAUTHENTICATED' })
  })
})

eachEngine('groups of a provider', [eventsMigrations, accessMigrations], (open) => {
  test('come and go with each sign-on, and only those of this provider', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    const [vision, speech, byHand] = [
      await bed.account('vision', { kind: 'group' }),
      await bed.account('speech', { kind: 'group' }),
      await bed.account('by-hand', { kind: 'group' }),
    ]
    await bed.account('root', { isAdmin: true })
    const root = await bed.callerOf('root')
    for (const [claim, group] of [
      ['cv', 'vision'],
      ['cv', 'speech'],
      ['asr', 'speech'],
    ] as const) {
      await bed.signOn.addMapping(root, { issuer: ISSUER, claim, group })
    }
    await bed.signOn.addMapping(root, { issuer: 'https://other.example', claim: 'hr', group: 'by-hand' })
    const signOn = async (...groups: string[]) =>
      (await bed.whose(await bed.signOn.finish(ASKING, { ...ADA, ...HERE, groups }))).key!
    const ada = await signOn('cv', 'hr', 'unknown')
    assert.deepEqual((await bed.groupsOf(ada)).sort(), [
      [vision, ISSUER],
      [speech, ISSUER],
    ])
    await db.inTx(async (tx) => {
      const row = { group_key: byHand, member_key: ada, source: 'manual' }
      await tx.tables<{ group_members: typeof row }>().insertInto('group_members').values(row).execute()
    })
    await bed.assign(vision, bed.elsewhere, 'reader')
    const may = async () => (await bed.profiles.profileOf(ada, bed.elsewhere.key)).isMember
    assert.equal(await may(), true)
    await signOn('asr')
    assert.deepEqual(await bed.groupsOf(ada), [
      [speech, ISSUER],
      [byHand, 'manual'],
    ])
    assert.equal(await may(), false)
    await signOn()
    assert.deepEqual(await bed.groupsOf(ada), [[byHand, 'manual']])
    const told = (await bed.events()).filter(({ type }) => type.startsWith('group.'))
    assert.deepEqual(
      told.map(({ type, subject }) => `${type} ${subject}`),
      [
        'group.member-added groups/vision',
        'group.member-added groups/speech',
        'group.member-removed groups/vision',
        'group.member-removed groups/speech',
      ],
    )
  })

  test('whoever is the last owner by one stays, and does not come in before there is another', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    const owners = await bed.account('owners', { kind: 'group' })
    await bed.assign(owners, bed.elsewhere, 'owner')
    await bed.account('root', { isAdmin: true })
    await bed.signOn.addMapping(await bed.callerOf('root'), { issuer: ISSUER, claim: 'o', group: 'owners' })
    const { key } = await bed.whose(await bed.signOn.finish(ASKING, { ...ADA, ...HERE, groups: ['o'] }))
    const without = bed.signOn.finish(ASKING, { ...ADA, ...HERE })
    await assert.rejects(without, { code: 'INVALID_STATE', message: /'elsewhere' without an owner/ })
    assert.deepEqual(await bed.groupsOf(key!), [[owners, ISSUER]])
  })

  test('are mapped by administrators, to groups', async () => {
    await using db = await open()
    const bed = await openSignOn(db)
    await bed.account('vision', { kind: 'group' })
    await bed.account('root', { isAdmin: true })
    const root = await bed.callerOf('root')
    const nobody = await bed.callerOf('root', { may: [] })
    const mapping = { issuer: ISSUER, claim: 'cv', group: 'VISION' }
    await assert.rejects(bed.signOn.addMapping(nobody, mapping), { code: 'PERMISSION_DENIED' })
    await assert.rejects(bed.signOn.mappings(nobody), { code: 'PERMISSION_DENIED' })
    for (const group of ['root', 'nobody']) {
      const refused = bed.signOn.addMapping(root, { ...mapping, group })
      await assert.rejects(refused, { code: 'RESOURCE_DOES_NOT_EXIST' })
    }
    for (const claim of ['', 'x'.repeat(501), 'a\n']) {
      await assert.rejects(bed.signOn.addMapping(root, { ...mapping, claim }), {
        code: 'INVALID_PARAMETER_VALUE',
      })
    }
    await bed.signOn.addMapping(root, mapping)
    await bed.signOn.addMapping(root, mapping)
    const [listed, ...more] = await bed.signOn.mappings(root)
    assert.deepEqual({ ...listed, more }, { ...mapping, group: 'vision', key: listed!.key, more: [] })
    await assert.rejects(bed.signOn.removeMapping(nobody, listed!), { code: 'PERMISSION_DENIED' })
    await bed.signOn.removeMapping(root, listed!)
    await assert.rejects(bed.signOn.removeMapping(root, listed!), { code: 'RESOURCE_DOES_NOT_EXIST' })
    assert.deepEqual(
      (await bed.events()).map(({ type }) => type),
      ['group-mapping.added', 'group-mapping.removed'],
    )
  })
})
