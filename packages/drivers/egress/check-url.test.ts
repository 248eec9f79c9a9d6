import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeAllowList, parseAllowed } from './allow-list.ts'
import { checkUrl } from './check-url.ts'

const NOBODY = makeAllowList([])

describe('addresses that are taken', () => {
  const good = [
    'https://hooks.example.org/in?x=1#y',
    'https://hooks.example.org:8443/',
    'https://hooks.example.org:80/',
    'https://HOOKS.example.org./in',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]:8443/',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: nothing of it is put in
    'https://hooks.slack.com/services/$HOME/${env:X}/{{x}}',
    'https://bücher.example/',
  ]
  for (const url of good) test(url, () => assert.ok(checkUrl(url, 'url', NOBODY) instanceof URL))
})

describe('addresses that are refused', () => {
  const bad: [string, RegExp][] = [
    ['', /must be a URL/],
    ['hooks.example.org', /must be a URL/],
    ['ftp://hooks.example.org/', /must be a URL/],
    ['file:///etc/passwd', /must be a URL/],
    ['gopher://hooks.example.org/', /must be a URL/],
    ['unix:/var/run/docker.sock', /must be a URL/],
    ['data:text/plain,x', /must be a URL/],
    ['http://hooks.example.org/', /must begin with https/],
    ['https://alice:secret@hooks.example.org/', /user name or password/],
    ['https://alice@hooks.example.org/', /user name or password/],
    ['https://hooks.example.org/\r\nHost: x', /control characters/],
    ['https://hooks.example.org/a b', /spaces/],
    ['https://ex\u200bample.org/', /control characters/],
    ['https:\\\\hooks.example.org', /backslashes/],
    ['https://hooks.example.org:22/', /the port 22/],
    ['https://hooks.example.org:0/', /the port 0/],
    ['https://hooks.example.org:6379/', /the port 6379/],
    ['https://hooks.example.org:5432/', /the port 5432/],
    ['https://hooks.example.org:65536/', /must be a URL/],
    [`https://hooks.example.org/${'x'.repeat(2_048)}`, /2074 characters; at most 2048/],
    ['https://127.0.0.1/', /no public address.*--egress-allow|no public address/],
    ['https://2130706433/', /leads to '127\.0\.0\.1'/],
    ['https://0x7f.1/', /leads to '127\.0\.0\.1'/],
    ['https://017700000001/', /leads to '127\.0\.0\.1'/],
    ['https://１２７.0.0.1/', /leads to '127\.0\.0\.1'/],
    ['https://0/', /leads to '0\.0\.0\.0'/],
    ['https://[::]/', /leads to '::'/],
    ['https://[::1]/', /leads to '::1'/],
    ['https://[::ffff:169.254.169.254]/', /no public address/],
    ['https://[64:ff9b::a9fe:a9fe]/', /no public address/],
    ['https://[2002:7f00:1::]/', /no public address/],
    ['https://100.64.0.1/', /no public address/],
    ['https://169.254.169.254/latest/meta-data', /no public address/],
    ['https://localhost/', /leads to 'localhost'/],
    ['https://localhost./', /leads to 'localhost'/],
    ['https://x.localhost/', /no public address/],
    ['https://metadata.google.internal/', /no public address/],
    ['https://metadata/', /no public address/],
    ['https://db.local/', /no public address/],
  ]
  for (const [url, says] of bad) {
    test(url.slice(0, 60) || 'nothing', () =>
      assert.throws(() => checkUrl(url, 'url', NOBODY), { code: 'INVALID_PARAMETER_VALUE', message: says }),
    )
  }

  test('the sentence holds nothing of what stands behind the host', () => {
    assert.throws(
      () => checkUrl('http://hooks.slack.com/services/T0/B0/verysecret', 'url', NOBODY),
      (error: Error) => !error.message.includes('verysecret') && error.message.includes('hooks.slack.com'),
    )
  })
})

describe('what an operator allows', () => {
  const allow = makeAllowList([
    'hooks.corp',
    '*.inner.example',
    '10.1.0.0/16',
    '[fd00::]/8',
    'ported.example:8443',
    '127.0.0.1:9000',
  ])
  const good = [
    'http://hooks.corp/',
    'https://hooks.corp:8080/',
    'http://a.b.inner.example/',
    'http://10.1.2.3/',
    'https://[fd12::1]/',
    'http://ported.example:8443/',
    'http://127.0.0.1:9000/',
  ]
  for (const url of good) test(`allowed: ${url}`, () => assert.ok(checkUrl(url, 'url', allow)))
  const bad = [
    'http://x.hooks.corp/',
    'http://inner.example/',
    'http://10.2.0.1/',
    'http://ported.example/',
    'https://127.0.0.1:9001/',
    'https://hooks.corp:6379/',
    'http://u@hooks.corp/',
  ]
  for (const url of bad) test(`not allowed: ${url}`, () => assert.throws(() => checkUrl(url, 'url', allow)))

  const wrong = [
    '',
    '*',
    'http://x',
    'a/b',
    '10.0.0.0/33',
    '300.1.1.1',
    'x:0',
    'x:99999',
    'a b',
    '*.*.x',
    '::1',
    '1.2.3',
  ]
  for (const entry of wrong) {
    test(`no entry: '${entry}'`, () =>
      assert.throws(() => parseAllowed(entry), /is not a host, address or network/))
  }
})
