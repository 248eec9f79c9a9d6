import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '@orrery/base/kernel'
import { openEgress } from '@orrery/drivers/egress/undici'
import pino from 'pino'
import { makeProvider } from './provider.ts'
import { CLIENT, openProvider } from './testing/open-provider.ts'

const SILENT = pino({ level: 'silent' })

test('a provider is called by the one way out: reached where its host is allowed, and not otherwise', async () => {
  await using provider = await openProvider()
  const settings = { ...CLIENT, issuer: provider.issuer, scopes: 'openid', groupsClaim: 'groups' }
  for (const allow of [[new URL(provider.issuer).host], []]) {
    const egress = openEgress({ allow })
    const begin = makeProvider(settings, SILENT, systemClock, egress.fetch).begin(
      'http://127.0.0.1/sign-on/callback',
    )
    if (allow.length > 0) assert.equal((await begin).url.origin, provider.issuer)
    else await assert.rejects(begin, { code: 'TEMPORARILY_UNAVAILABLE' })
    await egress.close()
  }
})
