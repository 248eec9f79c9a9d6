import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { describe, test } from 'node:test'
import type { Mail, MailError } from '../mailer.ts'
import { testCertificate } from '../testing/certificate.ts'
import { openMailServer } from '../testing/mail-server.ts'
import { openMailer } from './index.ts'

const MAIL: Mail = {
  to: ['alice@example.org', 'bob@example.org'],
  subject: '[vision] Grün: 3 < 4',
  text: 'alice moved version 3.\n',
  html: '<p>alice moved version 3.</p>\n',
  messageId: 'event.subscription@ml.example.org',
  headers: { 'X-Orrery-Event-Id': 'event' },
}
const FROM = 'Orrery <orrery@example.org>'
const TLS = testCertificate()

const isFinal = (final: boolean, says: RegExp) => (error: MailError) => {
  assert.match(error.message, says)
  assert.equal(error.final, final)
  return true
}

test('a message arrives with both bodies, its id and its headers', async () => {
  await using server = await openMailServer(TLS)
  const mailer = openMailer({ url: server.url, from: FROM }, { ca: TLS.cert })
  const { response } = await mailer.send(MAIL)
  assert.match(response, /^250/)
  const [mail] = server.received
  assert.equal(mail!.from, 'orrery@example.org')
  assert.deepEqual(mail!.to, MAIL.to)
  assert.match(mail!.raw, /^Message-ID: <event\.subscription@ml\.example\.org>\r$/m)
  assert.match(mail!.raw, /^X-Orrery-Event-Id: event\r$/im)
  assert.match(mail!.raw, /^Auto-Submitted: auto-generated\r$/m)
  assert.match(mail!.raw, /^Subject: =\?UTF-8\?/m)
  assert.match(mail!.raw, /Content-Type: text\/html/)
})

test('offered STARTTLS is used, and beyond loopback it must be offered', async () => {
  await using server = await openMailServer(TLS)
  const mailer = openMailer({ url: server.url, from: FROM }, { ca: TLS.cert })
  await mailer.send(MAIL)
  assert.equal(server.received[0]!.secure, true)
  // 127.0.0.1 by a name that is not known as this machine's.
  await using plain = await openMailServer({ disabledCommands: ['STARTTLS'] })
  const strict = openMailer({ url: `smtp://0x7f000001:${plain.port}`, from: FROM })
  await assert.rejects(strict.send(MAIL), isFinal(false, /STARTTLS|TLS/))
  assert.equal(plain.received.length, 0)
})

test('a certificate of nobody is refused', async () => {
  await using server = await openMailServer(TLS)
  const mailer = openMailer({ url: server.url, from: FROM })
  await assert.rejects(mailer.send(MAIL), isFinal(false, /certificate/i))
  assert.equal(server.received.length, 0)
})

test('tls=never speaks plainly, smtps from the first byte', async () => {
  await using offered = await openMailServer(TLS)
  await openMailer({ url: `${offered.url}?tls=never`, from: FROM }).send(MAIL)
  assert.equal(offered.received[0]!.secure, false)
  await using secure = await openMailServer({ ...TLS, secure: true })
  await openMailer({ url: secure.url.replace('smtp:', 'smtps:'), from: FROM }, { ca: TLS.cert }).send(MAIL)
  assert.equal(secure.received[0]!.secure, true)
})

describe('who we are', () => {
  const options = {
    ...TLS,
    authOptional: false,
    onAuth: (
      auth: { username?: string; password?: string },
      _: unknown,
      done: (error: Error | null, found?: { user: string }) => void,
    ) =>
      auth.username === 'a@b' && auth.password === 'p:w/d'
        ? done(null, { user: 'a@b' })
        : done(new Error('no')),
  }

  test('name and password come from the URL', async () => {
    await using server = await openMailServer(options as never)
    const url = `smtp://${encodeURIComponent('a@b')}:${encodeURIComponent('p:w/d')}@127.0.0.1:${server.port}`
    await openMailer({ url, from: FROM }, { ca: TLS.cert }).send(MAIL)
    assert.equal(server.received[0]!.user, 'a@b')
  })

  test('a wrong password can be put right, so it is tried again, and never shown', async () => {
    await using server = await openMailServer(options as never)
    const url = `smtp://a:hunter2@127.0.0.1:${server.port}`
    await assert.rejects(openMailer({ url, from: FROM }, { ca: TLS.cert }).send(MAIL), (error: MailError) => {
      assert.equal(error.final, false)
      return !error.message.includes('hunter2')
    })
  })
})

test('a receiver that there is not is final, a full one is not', async () => {
  let code = 550
  await using server = await openMailServer({
    onRcptTo: (_, __, done) =>
      done(Object.assign(new Error('no such user \x1b[31m'), { responseCode: code })),
  })
  const mailer = openMailer({ url: server.url, from: FROM }, { ca: TLS.cert })
  const url = `${server.url}?tls=never`
  await assert.rejects(openMailer({ url, from: FROM }).send(MAIL), isFinal(true, /550.*\\u\{1b\}|550/))
  code = 452
  await assert.rejects(openMailer({ url, from: FROM }).send(MAIL), isFinal(false, /452/))
  await mailer.close()
})

test('a line break in a header is refused before anything is sent', async () => {
  await using server = await openMailServer()
  const mailer = openMailer({ url: `${server.url}?tls=never`, from: FROM })
  const rows: Partial<Mail>[] = [
    { subject: 'a\r\nBcc: eve@example.org' },
    { to: ['a@b\r\nRCPT TO:<eve@example.org>'] },
    { headers: { 'X-A': 'b\nBcc: eve@example.org' } },
    { messageId: 'a\nb' },
  ]
  for (const row of rows) await assert.rejects(mailer.send({ ...MAIL, ...row }), isFinal(true, /line break/))
  assert.equal(server.received.length, 0)
})

test('closing ends what is under way; a server that says nothing is given up', async () => {
  const server = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const mailer = openMailer({ url: `smtp://127.0.0.1:${port}`, from: FROM })
  await assert.rejects(mailer.send(MAIL), isFinal(false, /ETIMEDOUT|Greeting/i))
  await mailer.close()
  await assert.rejects(mailer.send(MAIL), isFinal(false, /stopping/))
  server.close()
})
