import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { hiddenOf, makeBrowser } from './testing/make-browser.ts'
import { openPages } from './testing/open-pages.ts'

const PASSWORD = 'correct horse battery'
const ADA = { name: 'ada', password: PASSWORD }
const WRONG = 'The name or the password is wrong.'

/** The pages of a server whose administrator is ada. */
async function openSetUp(db: Database, options = {}) {
  const server = await openPages(db, options)
  const arriving = { requestId: 'r', address: '' }
  await server.credentials.setup.complete(arriving, { ...ADA, link: server.link, browser: '' })
  return server
}

eachEngine('signing in', MIGRATIONS, (open) => {
  test('a browser that opens a page is sent there and comes back, also into a workspace', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/workspaces/lab/?order=1')
    assert.deepEqual(page.via, [
      { status: 303, location: '/sign-in?next=%2Fworkspaces%2Flab%2F%3Forder%3D1' },
    ])
    assert.equal(page.status, 200)
    assert.equal(page.headers.get('cache-control'), 'no-store')
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'.*form-action 'self'/)
    assert.doesNotMatch(page.text, /<script|https?:/)
    const done = await browser.submit(page, ADA)
    assert.deepEqual(done.via, [{ status: 303, location: '/workspaces/lab/?order=1' }])
    assert.equal(done.text, 'ada in lab at /?order=1')
    assert.doesNotMatch(server.logged.join(''), new RegExp(`${PASSWORD}|${browser.cookies.get('orrery')}`))
  })

  test('programs, and whoever sends a credential, hear that they are not known', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    for (const headers of [{ accept: '*/*' }, { authorization: 'Bearer x' }] as Record<string, string>[]) {
      const { status, via, text } = await browser.open('/', headers)
      assert.deepEqual([status, via, JSON.parse(text).error_code], [401, [], 'UNAUTHENTICATED'])
    }
  })

  test('next leads nowhere but to this server, wherever it was put', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const asked = await browser.open('/sign-in?next=//evil.example/x')
    assert.equal(hiddenOf(asked.text).next, '/')
    const done = await browser.submit(asked, { ...ADA, next: 'https://evil.example/' })
    assert.deepEqual(done.via, [{ status: 303, location: '/' }])
    assert.doesNotMatch((await browser.open('/sign-in?next=javascript:alert(1)')).text, /javascript/)
  })

  test('one sentence for a wrong name and a wrong password; the name is kept, the password not', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in?next=/api-docs')
    for (const typed of [
      { ...ADA, password: 'wrong horse battery' },
      { ...ADA, name: '"><script>' },
      { name: '', password: '' },
    ]) {
      const refused = await browser.submit(page, typed)
      assert.equal(refused.status, 401)
      assert.ok(refused.text.includes(WRONG))
      assert.doesNotMatch(refused.text, /horse|<script/)
      assert.equal(refused.headers.get('www-authenticate'), null)
      assert.equal(hiddenOf(refused.text).next, '/api-docs')
      assert.equal(browser.cookies.has('orrery'), false)
    }
    assert.equal((await browser.submit(page, ADA)).via[0]?.location, '/api-docs')
  })

  test('who guesses is told to wait, and how long', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in')
    const guess = () => browser.submit(page, { ...ADA, password: 'wrong horse battery' })
    for (let i = 0; i < 10; i++) assert.equal((await guess()).status, 401)
    const refused = await guess()
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '60'])
    assert.match(refused.text, /Too many wrong passwords .* Wait 60 seconds\./)
    server.time.now += 60_000
    assert.equal((await browser.submit(page, ADA)).text, 'ada in default at /')
  })

  test('a session is always a new one, and the one before has ended', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in')
    browser.cookies.set('orrery', 'x'.repeat(43))
    await browser.submit(page, ADA)
    const first = browser.cookies.get('orrery')!
    assert.notEqual(first, 'x'.repeat(43))
    const thief = makeBrowser(server.origin)
    thief.cookies.set('orrery', first)
    assert.equal((await thief.open('/')).status, 200)
    const again = makeBrowser(server.origin)
    const form = await again.open('/sign-in')
    again.cookies.set('orrery', first)
    await again.submit(form, ADA)
    assert.notEqual(again.cookies.get('orrery'), first)
    assert.equal((await thief.open('/')).via.length, 1)
  })
})

eachEngine('forms of foreign pages', MIGRATIONS, (open) => {
  test('sign nobody in: neither by where they come from nor without the token of the page', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in')
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '', 'sec-fetch-site': 'cross-site' },
      { origin: '', 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of foreign) {
      const refused = await browser.submit(page, ADA, headers)
      assert.equal(refused.status, 403, JSON.stringify(headers))
      assert.equal(browser.cookies.has('orrery'), false)
    }
    const silent = { origin: '' }
    for (const token of ['', 'x', 'x'.repeat(43)]) {
      const refused = await browser.submit(page, { ...ADA, token }, silent)
      assert.equal(refused.status, 403)
      assert.match(refused.text, /This form has ended/)
    }
    const other = makeBrowser(server.origin)
    assert.equal((await other.submit(page, ADA, silent)).status, 403)
    assert.equal((await browser.submit(page, ADA, silent)).text, 'ada in default at /')
  })

  test('a form that has ended comes anew, and works at the second try', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in')
    browser.cookies.clear()
    const refused = await browser.submit(page, ADA)
    assert.equal(refused.status, 403)
    assert.equal((await browser.submit(refused, ADA)).status, 200)
  })

  test('two open pages both work', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const [one, two] = [await browser.open('/sign-in'), await browser.open('/sign-in?next=/api-docs')]
    assert.equal(hiddenOf(one.text).token, hiddenOf(two.text).token)
    assert.equal((await browser.submit(one, ADA)).status, 200)
  })

  test('only urlencoded forms of bounded size are read', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/sign-in')
    for (const type of ['text/plain', 'application/json', 'multipart/form-data']) {
      assert.equal((await browser.submit(page, ADA, { 'content-type': type })).status, 400, type)
    }
    assert.equal((await browser.submit(page, { ...ADA, more: 'x'.repeat(16_384) })).status, 413)
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(Buffer.alloc(1000, 'x'))
        controller.close()
      },
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const init = { method: 'POST', headers, body, duplex: 'half' as const }
    assert.equal((await fetch(`${server.origin}/sign-in`, init)).status, 413)
    assert.equal((await browser.submit(page, ADA)).status, 200)
  })
})

eachEngine('signing out', MIGRATIONS, (open) => {
  test('ends the session in the table and in the browser; a foreign page cannot', async () => {
    await using db = await open()
    await using server = await openSetUp(db)
    const browser = makeBrowser(server.origin)
    await browser.submit(await browser.open('/sign-in'), ADA)
    const secret = browser.cookies.get('orrery')!
    const page = await browser.open('/sign-in?next=/api-docs')
    assert.match(page.text, /signed in as <strong>ada<\/strong>[\s\S]*href="\/api-docs"/)
    for (const headers of [{ origin: 'https://evil.example' }, { origin: '' }]) {
      assert.equal((await browser.submit(page, {}, headers)).status, 403)
    }
    assert.equal((await browser.open('/sign-out')).status, 405)
    assert.equal((await browser.open('/')).text, 'ada in default at /')
    const out = await browser.submit(page, {})
    assert.deepEqual(out.via, [{ status: 303, location: '/sign-in' }])
    assert.equal(browser.cookies.has('orrery'), false)
    browser.cookies.set('orrery', secret)
    assert.equal((await browser.open('/')).via.length, 1)
    // Pressed again, with a session that has ended or with none.
    assert.equal((await browser.submit(page, {})).via[0]?.status, 303)
    assert.equal((await browser.submit(page, {})).via[0]?.status, 303)
  })
})

eachEngine('behind a proxy', MIGRATIONS, (open) => {
  test('over HTTPS the cookies are of this host alone, and paths are below the base path', async () => {
    await using db = await open()
    await using server = await openSetUp(db, { basePath: '/ml' })
    const browser = makeBrowser(server.origin)
    const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'orrery.example' }
    const page = await browser.open('/ml/sign-in?next=/other', proxied)
    assert.match(page.setCookies.join(), /^__Host-orrery-form=[\w-]{43}; Path=\/; .*; Secure$/)
    assert.equal(hiddenOf(page.text).next, '/ml/')
    const origin = 'https://orrery.example'
    const done = await browser.submit(page, ADA, { ...proxied, origin })
    assert.equal(done.via[0]?.location, '/ml/')
    assert.match(done.setCookies[0]!, /^__Host-orrery=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/)
  })

  test('over HTTP they are of the base path', async () => {
    await using db = await open()
    await using server = await openSetUp(db, { basePath: '/ml' })
    const browser = makeBrowser(server.origin)
    const page = await browser.open('/ml/')
    assert.equal(page.via[0]?.location, '/ml/sign-in?next=%2Fml%2F')
    const done = await browser.submit(page, ADA)
    assert.match(done.setCookies[0]!, /^orrery=[\w-]{43}; Path=\/ml; /)
    assert.equal(done.text, 'ada in default at /')
  })
})
