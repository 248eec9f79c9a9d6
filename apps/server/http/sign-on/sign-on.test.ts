import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { type Browser, makeBrowser, type Page } from '../sign-in/testing/make-browser.ts'
import { openPages } from '../sign-in/testing/open-pages.ts'
import { openForger } from './testing/open-forger.ts'
import { CLIENT, openProvider } from './testing/open-provider.ts'

const CALLBACK = '/sign-on/callback'
const ENDED = 'This sign-on has ended, or began in another browser.'

/** Signs on at the provider: the button, its page that asks for a login, its page that asks for consent. */
async function signOn(browser: Browser, login: string, path = '/sign-in'): Promise<Page> {
  const asked = await browser.submit(await browser.open(path), {}, {}, '/sign-on')
  const consent = await browser.submit(asked, { login, password: 'x' })
  return browser.submit(consent, {})
}

interface Rows {
  principals: { name: string; email: string; is_admin: number }
  group_members: { source: string }
}

const accountsIn = (db: Database) =>
  db.read.tables<Rows>().selectFrom('principals').select(['name', 'email', 'is_admin']).execute()

eachEngine('signing on at a provider', MIGRATIONS, (open) => {
  test('leads to an account of its own, and back to the page that was asked for', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings })
    provider.people.set('7', { preferred_username: 'ada', email: 'ada@example.org', email_verified: true })
    const browser = makeBrowser(server.origin)
    const home = await signOn(browser, '7', '/sign-in?next=/sign-in?x')
    assert.deepEqual(home.via.at(-1), { status: 303, location: '/sign-in?x' })
    assert.match(home.text, /signed in as <strong>ada<\/strong>/)
    assert.match(browser.cookies.get('orrery')!, /^[\w-]{43}$/)
    assert.equal(browser.cookies.has('orrery-sign-on'), false)
    assert.deepEqual(await accountsIn(db), [{ name: 'ada', email: 'ada@example.org', is_admin: 0 }])
    // Whoever has no role anywhere is signed in; what there is to see is another test's matter.
    assert.equal((await browser.open('/')).text, 'ada in default at /')
    const { searchParams: sent } = new URL(
      home.via.find(({ location }) => location.includes(CALLBACK))!.location,
    )
    const log = server.logged.join('')
    for (const secret of [sent.get('code')!, sent.get('state')!, CLIENT.clientSecret]) {
      assert.equal(log.includes(secret), false)
    }
    const again = makeBrowser(server.origin)
    await signOn(again, '7')
    assert.equal((await accountsIn(db)).length, 1)
  })

  test('an address that is not verified is nobody’s, and no name gives rights', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings })
    const arriving = { requestId: 'r', address: '' }
    const root = { name: 'root', password: 'correct horse battery', link: server.link, browser: '' }
    await server.credentials.setup.complete(arriving, root)
    provider.people.set('7', { preferred_username: 'root', email: 'root@example.org', email_verified: false })
    await signOn(makeBrowser(server.origin), '7')
    assert.deepEqual(
      (await accountsIn(db)).sort((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { name: 'root', email: '', is_admin: 1 },
        { name: 'root-2', email: '', is_admin: 0 },
      ],
    )
  })

  test('its answer works once, and in the browser that began', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings })
    const browser = makeBrowser(server.origin, CALLBACK)
    const { url } = await signOn(browser, '7')
    const signOnCookie = browser.cookies.get('orrery-sign-on')!
    assert.match(signOnCookie, /^[\w-]{43}$/)
    const path = url.slice(server.origin.length)
    const done = await browser.open(path)
    assert.equal(done.via[0]?.location, '/')
    const replayed = await browser.open(path)
    assert.equal(replayed.status, 401)
    assert.ok(replayed.text.includes(ENDED))
    browser.cookies.set('orrery-sign-on', signOnCookie)
    assert.equal((await browser.open(path)).status, 401)

    const victim = makeBrowser(server.origin, CALLBACK)
    const stolen = (await signOn(victim, '8')).url.slice(server.origin.length)
    const thief = makeBrowser(server.origin)
    await signOnUpToTheButton(thief)
    const refused = await thief.open(stolen)
    assert.deepEqual([refused.status, thief.cookies.has('orrery')], [401, false])
    assert.equal((await victim.open(stolen)).status, 401, 'used up')
  })

  test('a code that was used is refused by the provider, also with a state of its own', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings })
    const browser = makeBrowser(server.origin, CALLBACK)
    const first = new URL((await signOn(browser, '7')).url)
    assert.equal((await browser.open(first.pathname + first.search)).via[0]?.status, 303)
    const other = makeBrowser(server.origin, CALLBACK)
    const second = new URL((await signOn(other, '8')).url)
    second.searchParams.set('code', first.searchParams.get('code')!)
    const refused = await other.open(second.pathname + second.search)
    assert.equal(refused.status, 401)
    assert.match(refused.text, /could not be accepted/)
    assert.equal(other.cookies.has('orrery'), false)
  })

  test('another state, none, and a refusal of the provider sign nobody in', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings })
    const browser = makeBrowser(server.origin, CALLBACK)
    await signOn(browser, '7')
    for (const state of ['', 'x'.repeat(43)]) {
      const { status, text } = await browser.open(`${CALLBACK}?code=c&state=${state}`)
      assert.deepEqual([status, text.includes(ENDED)], [401, true])
    }
    assert.equal((await browser.open(CALLBACK)).status, 401)
    const fresh = makeBrowser(server.origin, CALLBACK)
    const state = new URL((await signOn(fresh, '8')).url).searchParams.get('state')
    const denied = `${CALLBACK}?state=${state}&error=access_denied&error_description=%3Cb%3E`
    const page = await fresh.open(denied)
    assert.equal(page.status, 401)
    assert.match(page.text, /did not sign you on\. It says &#39;access_denied&#39;\./)
    assert.doesNotMatch(page.text, /<b>/)
    assert.match(page.text, /href="\/sign-in"/)
  })

  test('ten minutes are enough', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings })
    const browser = makeBrowser(server.origin, CALLBACK)
    const url = new URL((await signOn(browser, '7')).url)
    server.time.now += 600_000
    assert.equal((await browser.open(url.pathname + url.search)).status, 401)
  })

  test('groups come and go with what the provider says', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings })
    const { setup, authentication, signOn: verbs } = server.credentials
    const root = { name: 'root', password: 'correct horse battery', link: server.link, browser: '' }
    const { secret } = await setup.complete({ requestId: 'r', address: '' }, root)
    const asking = { workspace: undefined, requestId: 'r', address: '', reason: undefined }
    const caller = await authentication.findCaller(
      { ...asking, authorization: undefined, session: secret },
      'members',
    )
    await db.inTx((tx) => insertGroup(tx, 'vision'))
    await verbs.addMapping(caller, { issuer: provider.issuer, claim: 'cv', group: 'vision' })
    const memberships = () => db.read.tables<Rows>().selectFrom('group_members').select('source').execute()
    for (const [groups, count] of [
      [['cv', 'other'], 1],
      ['cv', 1],
      [['CV'], 0],
      [['cv'], 1],
      [undefined, 0],
    ] as const) {
      provider.people.set('7', { preferred_username: 'ada', groups })
      await signOn(makeBrowser(server.origin), '7')
      assert.deepEqual(await memberships(), Array(count).fill({ source: provider.issuer }), String(groups))
    }
  })

  test('where nobody may be made, who is unknown stays out', async () => {
    await using db = await open()
    await using provider = await openProvider()
    await using server = await openPages(db, { provider: provider.settings, mayCreate: false })
    const browser = makeBrowser(server.origin)
    const page = await signOn(browser, '7')
    assert.equal(page.status, 401)
    assert.match(page.text, /There is no account here .* Ask an administrator/)
    assert.deepEqual([browser.cookies.has('orrery'), await accountsIn(db)], [false, []])
  })
})

/** Its cookie is of a sign-on of its own. */
async function signOnUpToTheButton(browser: Browser): Promise<void> {
  await browser.submit(await browser.open('/sign-in'), {}, {}, '/sign-on')
}

async function insertGroup(tx: Parameters<Parameters<Database['inTx']>[0]>[0], name: string): Promise<void> {
  const row = {
    ...{ kind: 'group', name, folded_name: name, display_name: '', email: '', is_admin: 0, stamp: 0 },
    ...{ created_at: 0, created_by: '', updated_at: 0 },
  }
  await tx.tables<{ principals: typeof row }>().insertInto('principals').values(row).execute()
}

eachEngine('the button of single sign-on', MIGRATIONS, (open) => {
  test('sends no browser away for a foreign page, and is not there without a provider', async () => {
    await using db = await open()
    await using forger = await openForger()
    await using server = await openPages(db, { provider: forger.settings })
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in')
    assert.match(page.text, /Sign in with 127\.0\.0\.1:\d+/)
    const foreign = await browser.submit(page, {}, { origin: 'https://evil.example' }, '/sign-on')
    const forged = await browser.submit(page, { token: 'x'.repeat(43) }, { origin: '' }, '/sign-on')
    assert.deepEqual([foreign.status, forged.status, forged.via], [403, 403, []])
    assert.equal(browser.cookies.has('orrery-sign-on'), false)
    await using without = await openPages(db)
    const other = makeBrowser(without.origin)
    assert.doesNotMatch((await other.open('/sign-in')).text, /Sign in with/)
    assert.equal((await other.open(`${CALLBACK}?code=c&state=s`)).status, 404)
    assert.equal((await other.submit({ ...page, url: without.origin }, {}, {}, '/sign-on')).status, 404)
  })

  test('a provider that does not answer is told of on a page, and asked anew next time', async () => {
    await using db = await open()
    await using forger = await openForger()
    await using server = await openPages(db, { provider: forger.settings })
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in')
    forger.wanted.status = 503
    const refused = await browser.submit(page, {}, {}, '/sign-on')
    assert.deepEqual([refused.status, refused.via], [503, []])
    assert.match(refused.text, /does not answer\. Try again, or sign in with a name and password\./)
    forger.wanted.status = 200
    const halfway = makeBrowser(server.origin, CALLBACK)
    const { url } = await halfway.submit(await halfway.open('/sign-in'), {}, {}, '/sign-on')
    forger.wanted.status = 502
    assert.equal((await halfway.open(url.slice(server.origin.length))).status, 503)
    forger.wanted.status = 200
    assert.equal((await browser.submit(page, {}, {}, '/sign-on')).via.at(-1)?.location, '/')
  })

  test('a provider whose signatures nobody can check is not gone to', async () => {
    await using db = await open()
    await using forger = await openForger()
    forger.wanted.algorithms = ['HS256', 'none']
    await using server = await openPages(db, { provider: forger.settings })
    const browser = makeBrowser(server.origin)
    const refused = await browser.submit(await browser.open('/sign-in'), {}, {}, '/sign-on')
    assert.deepEqual([refused.status, refused.via], [503, []])
    assert.match(server.logged.join(''), /signs ID tokens with nothing that can be checked/)
  })

  test('a provider that changes its keys is asked anew: after a key that is not known, and every hour', async () => {
    await using db = await open()
    await using forger = await openForger()
    await using server = await openPages(db, { provider: forger.settings })
    const signOn = async () => {
      const browser = makeBrowser(server.origin)
      return (await browser.submit(await browser.open('/sign-in'), {}, {}, '/sign-on')).status
    }
    assert.deepEqual([await signOn(), await signOn(), forger.discoveries()], [200, 200, 1])
    forger.wanted.forged = { by: 'another key', header: { kid: 'unknown' } }
    forger.wanted.publishesBoth = true
    // The answer came with a key that was not known when the keys were fetched; whoever begins again comes in.
    assert.deepEqual([await signOn(), await signOn(), forger.discoveries()], [401, 200, 2])
    forger.wanted.forged = {}
    server.time.now += 3_599_999
    assert.deepEqual([await signOn(), forger.discoveries()], [200, 2])
    server.time.now += 1
    assert.deepEqual([await signOn(), forger.discoveries()], [200, 3])
  })

  test('sixty begin in a minute from one address, and sixty come back', async () => {
    await using db = await open()
    await using forger = await openForger()
    await using server = await openPages(db, { provider: forger.settings })
    const browser = makeBrowser(server.origin, '/auth')
    const page = await browser.open('/sign-in')
    const begin = () => browser.submit(page, {}, {}, '/sign-on')
    const back = () => browser.open(`${CALLBACK}?code=c&state=s`)
    for (let i = 0; i < 60; i++) {
      assert.equal((await begin()).status, 200)
      assert.equal((await back()).status, 401)
    }
    for (const [ask, what] of [
      [begin, 'sign-ons begun'],
      [back, 'answers of the provider'],
    ] as const) {
      const { status, headers, text } = await ask()
      assert.deepEqual([status, headers.get('retry-after')], [429, '60'])
      assert.ok(text.includes(`Too many ${what} from this address. Wait 60 seconds.`), text)
    }
    const begun = await db.read.tables<{ sign_ons: object }>().selectFrom('sign_ons').selectAll().execute()
    assert.equal(begun.length, 60)
    server.time.now += 60_000
    assert.equal((await begin()).status, 200)
  })

  test('behind a proxy the provider sends browsers to the public address', async () => {
    await using db = await open()
    await using forger = await openForger()
    await using server = await openPages(db, { provider: forger.settings, basePath: '/ml' })
    const browser = makeBrowser(server.origin, CALLBACK)
    const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'orrery.example' }
    const page = await browser.open('/ml/sign-in', proxied)
    const origin = 'https://orrery.example'
    const sent = await browser.submit(page, {}, { ...proxied, origin }, '/sign-on')
    assert.match(
      sent.setCookies[0]!,
      /^__Host-orrery-sign-on=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; .*Secure$/,
    )
    assert.ok(sent.url.startsWith(`${origin}/ml${CALLBACK}?`), sent.url)
    const back = await browser.open(sent.url.slice(origin.length), proxied)
    assert.equal(back.via[0]?.location, '/ml/')
    assert.match(back.setCookies[0]!, /^__Host-orrery=/)
  })
})
