import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { makeBrowser } from './testing/make-browser.ts'
import { openPages } from './testing/open-pages.ts'

const PASSWORD = 'correct horse battery'
const TYPED = { name: 'ada', password: PASSWORD, again: PASSWORD }

eachEngine('the page behind the link of the setup', MIGRATIONS, (open) => {
  test('leads from the link to a signed-in owner', async () => {
    await using db = await open()
    await using server = await openPages(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open(`/setup?link=${server.link}`)
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'.*form-action 'self'/)
    assert.doesNotMatch(page.text, /<script|https?:/)
    assert.equal(page.headers.get('cache-control'), 'no-store')
    // The address holds the secret: no other server may hear more than where this one is.
    assert.equal(page.headers.get('referrer-policy'), 'strict-origin')
    const done = await browser.submit(page, TYPED)
    assert.deepEqual(done.via, [{ status: 303, location: '/' }])
    assert.deepEqual([done.status, done.text], [200, 'ada in default at /'])
    const [session] = done.setCookies
    assert.match(session!, /^orrery=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/)
    const ada = await server.credentials.authentication.findCaller(
      { ...ASKING, session: browser.cookies.get('orrery') },
      'members',
    )
    assert.ok(ada.may('server.manage') && ada.may('workspace.manage'))
    assert.doesNotMatch(server.logged.join(''), new RegExp(`${server.link}|${PASSWORD}`))
  })

  test('is there for nobody else, before and after', async () => {
    await using db = await open()
    await using server = await openPages(db)
    const browser = makeBrowser(server.origin)
    const right = await browser.open(`/setup?link=${server.link}`)
    const wrongLinks = ['', '?link=', `?link=${'x'.repeat(43)}`, '?link=%20', `?link=${server.link}x`]
    const nowhere = await browser.open('/set')
    for (const query of wrongLinks) {
      const { status, text } = await browser.open(`/setup${query}`)
      assert.deepEqual([status, text], [404, nowhere.text.replace('/set.', '/setup.')], query)
    }
    const forged = { text: right.text.replace(server.link, 'x'.repeat(43)), url: right.url }
    assert.equal((await browser.submit(forged, TYPED)).status, 404)
    assert.equal((await browser.submit(right, TYPED)).status, 200)
    const after = await makeBrowser(server.origin).open(`/setup?link=${server.link}`)
    assert.equal(after.status, 404)
    assert.equal((await makeBrowser(server.origin).submit(right, { ...TYPED, name: 'eve' })).status, 404)
  })

  test('says what is wrong, keeps the name and not the password, and the link still leads there', async () => {
    await using db = await open()
    await using server = await openPages(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open(`/setup?link=${server.link}`)
    const cases: [Record<string, string>, number, RegExp][] = [
      [{ again: 'another one entirely' }, 400, /The two passwords are not the same\./],
      [{ password: 'short', again: 'short' }, 400, /Password must be at least 12 characters\./],
      [{ name: '' }, 400, /role="alert"/],
      [{ name: '<b>x</b>/' }, 400, /role="alert"[\s\S]*value="&#60;b&#62;x&#60;\/b&#62;\/"/],
    ]
    for (const [typed, status, says] of cases) {
      const refused = await browser.submit(page, { ...TYPED, ...typed })
      assert.equal(refused.status, status)
      assert.match(refused.text, says)
      assert.doesNotMatch(refused.text, /correct horse|<b>/)
      assert.equal(browser.cookies.has('orrery'), false)
    }
    const again = await browser.submit(page, { ...TYPED, password: 'short', again: 'short' })
    assert.equal((await browser.submit(again, TYPED)).text, 'ada in default at /')
  })

  test('of two at once one becomes administrator', async () => {
    await using db = await open()
    await using server = await openPages(db)
    const names = ['ada', 'bob']
    // Both have the page before either is done: after that there is none.
    const opened = await Promise.all(
      names.map(async (name) => {
        const browser = makeBrowser(server.origin)
        return { name, browser, page: await browser.open(`/setup?link=${server.link}`) }
      }),
    )
    const pages = await Promise.all(
      opened.map(({ name, browser, page }) => browser.submit(page, { ...TYPED, name })),
    )
    assert.deepEqual(pages.map(({ status }) => status).sort(), [200, 404])
  })

  test('an ended link leads nowhere', async () => {
    await using db = await open()
    await using server = await openPages(db)
    const browser = makeBrowser(server.origin)
    const page = await browser.open(`/setup?link=${server.link}`)
    server.time.now += 3_600_000
    assert.equal((await browser.open(`/setup?link=${server.link}`)).status, 404)
    assert.equal((await browser.submit(page, TYPED)).status, 404)
  })

  test('where nobody is asked who they are, none of the pages exists', async () => {
    await using db = await open()
    await using server = await openPages(db, { asked: false })
    const browser = makeBrowser(server.origin)
    for (const path of ['/sign-in', `/setup?link=${server.link}`]) {
      assert.equal((await browser.open(path)).status, 404, path)
    }
    for (const path of ['/sign-in', '/sign-out', '/setup']) {
      const form = { text: `<form method="post" action="${path}"></form>`, url: server.origin }
      const { status } = await browser.submit(form, { ...TYPED, link: server.link })
      assert.equal(status, 404, path)
    }
  })
})

const ASKING = {
  workspace: undefined,
  requestId: 'r',
  address: '',
  reason: undefined,
  authorization: undefined,
}
