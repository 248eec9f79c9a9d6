import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { makeBrowser } from '../sign-in/testing/make-browser.ts'
import { openPages } from '../sign-in/testing/open-pages.ts'
import { type Forged, inSeconds, openForger } from './testing/open-forger.ts'

/** Signs on at a provider that tells what it should not. */
async function comeBackWith(db: Database, forged: Forged) {
  await using forger = await openForger()
  await using server = await openPages(db, { provider: forger.settings })
  forger.wanted.forged = forged
  const browser = makeBrowser(server.origin)
  const page = await browser.submit(await browser.open('/sign-in'), {}, {}, '/sign-on')
  return { page, browser, server }
}

const GOOD: Record<string, Forged> = {
  'as it should be': {},
  'a clock that is half a minute behind': { claims: { iat: inSeconds(-600), exp: inSeconds(-30) } },
  'a clock that is half a minute ahead': { claims: { iat: inSeconds(30), nbf: inSeconds(30) } },
  'for several, this server among them': { claims: { aud: ['orrery', 'other'], azp: 'orrery' } },
}

const BAD: Record<string, Forged> = {
  'another nonce': { claims: { nonce: 'n'.repeat(43) } },
  'no nonce': { claims: { nonce: undefined } },
  'another audience': { claims: { aud: 'other' } },
  'another audience, made for another': { claims: { aud: ['orrery', 'other'], azp: 'other' } },
  'another issuer in the token': { claims: { iss: 'https://evil.example' } },
  'another issuer in the answer': { answer: { iss: 'https://evil.example' } },
  'no issuer in the answer of a provider that promises it': { answer: { iss: undefined } },
  expired: { claims: { iat: inSeconds(-600), exp: inSeconds(-90) } },
  'not valid yet': { claims: { nbf: inSeconds(90) } },
  'no end': { claims: { exp: undefined } },
  nobody: { claims: { sub: undefined } },
  'an empty subject': { claims: { sub: '' } },
  'signed by another key of the same name': { by: 'another key' },
  'signed by a key that is not published': { by: 'another key', header: { kid: 'unknown' } },
  'not signed': { by: 'nothing', header: { alg: 'none' } },
  'not signed, whatever it says': { by: 'nothing' },
  'signed with the secret of the client': { by: 'the secret of the client', header: { alg: 'HS256' } },
  'no ID token': { without: true },
  'no code': { answer: { code: undefined } },
}

eachEngine('what a provider tells', MIGRATIONS, (open) => {
  for (const [what, forged] of Object.entries(GOOD)) {
    test(`signs in: ${what}`, async () => {
      await using db = await open()
      const { browser, page } = await comeBackWith(db, forged)
      assert.deepEqual(page.via.at(-1), { status: 303, location: '/' })
      assert.ok(browser.cookies.has('orrery'))
    })
  }

  for (const [what, forged] of Object.entries(BAD)) {
    test(`signs nobody in: ${what}`, async () => {
      await using db = await open()
      const { page, browser, server } = await comeBackWith(db, forged)
      assert.equal(page.status, 401, page.text)
      assert.match(page.text, /role="alert">The answer of 127\.0\.0\.1:\d+ could not be accepted\./)
      assert.equal(browser.cookies.has('orrery'), false)
      assert.equal(browser.cookies.has('orrery-sign-on'), false)
      const log = server.logged.join('')
      assert.match(log, /"reason":"[^"]+/)
      assert.doesNotMatch(log, /eyJ|secret of the client/)
      const accounts = await db.read
        .tables<{ principals: object }>()
        .selectFrom('principals')
        .selectAll()
        .execute()
      assert.deepEqual(accounts, [])
    })
  }
})
