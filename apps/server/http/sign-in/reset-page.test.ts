import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemCaller } from '@orrery/domain/access'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { makeBrowser } from './testing/make-browser.ts'
import { openPages } from './testing/open-pages.ts'

const PASSWORD = 'correct horse battery'
const NEW = 'battery staple correct'

eachEngine('the page behind a link of reset-password', MIGRATIONS, (open) => {
  test('sets the password, signs in, and is there for nobody else', async () => {
    await using db = await open()
    await using server = await openPages(db)
    const { setup, resets } = server.credentials
    const ada = { name: 'ada', password: PASSWORD, link: server.link, browser: '' }
    await setup.complete({ requestId: 'r', address: '' }, ada)
    const { link } = await resets.begin(systemCaller({ key: 1, name: 'default' }), {
      name: 'ada',
      revoke: false,
    })
    const browser = makeBrowser(server.origin)
    const nowhere = await browser.open('/reset')
    for (const query of ['', '?link=', `?link=${'x'.repeat(43)}`, `?link=${link}x`, `?link=${server.link}`]) {
      const { status, text } = await browser.open(`/reset-password${query}`)
      assert.deepEqual([status, text], [404, nowhere.text.replace('/reset.', '/reset-password.')], query)
    }
    const page = await browser.open(`/reset-password?link=${link}`)
    assert.equal(page.status, 200)
    assert.match(page.text, /For the account <strong>ada<\/strong>/)
    assert.equal(page.headers.get('referrer-policy'), 'strict-origin')
    const differ = await browser.submit(page, { password: NEW, again: PASSWORD })
    assert.deepEqual([differ.status, differ.via], [400, []])
    assert.match(differ.text, /The two passwords are not the same\./)
    const foreign = await browser.submit(
      page,
      { password: NEW, again: NEW },
      { origin: 'https://evil.example' },
    )
    assert.equal(foreign.status, 403)
    const done = await browser.submit(page, { password: NEW, again: NEW })
    assert.deepEqual([done.via, done.text], [[{ status: 303, location: '/' }], 'ada in default at /'])
    assert.equal((await browser.submit(page, { password: NEW, again: NEW })).status, 404)
    assert.equal((await browser.open(`/reset-password?link=${link}`)).status, 404)
    assert.doesNotMatch(server.logged.join(''), new RegExp(`${link}|${NEW}`))
  })

  test('is not there where nobody is asked who they are', async () => {
    await using db = await open()
    await using server = await openPages(db, { asked: false })
    const browser = makeBrowser(server.origin)
    assert.equal((await browser.open(`/reset-password?link=${'x'.repeat(43)}`)).status, 404)
  })
})
