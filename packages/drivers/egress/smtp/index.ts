import { isIP } from 'node:net'
import type { Transporter } from 'nodemailer'
import { LIMITS } from '../limits.ts'
import { type Mail, MailError, type Mailer, type MailResult, type MailSettings } from '../mailer.ts'
import { safeText } from '../safe-text.ts'

/** For tests; a server needs none of it. */
export interface MailerMeans {
  /** Certificates, PEM, besides those of Node. */
  readonly ca?: string
}

/** Mail by nodemailer, loaded at the first message. One connection each: messages are few, and none waits for another. */
export function openMailer({ url, from }: MailSettings, { ca }: MailerMeans = {}): Mailer {
  const options = optionsOf(url, ca)
  const underWay = new Set<Transporter>()
  let isClosed = false

  async function send(mail: Mail): Promise<MailResult> {
    checkMail(mail)
    const began = performance.now()
    const { createTransport } = await import('nodemailer')
    if (isClosed) throw new MailError('The server is stopping.', false)
    const transport = createTransport(options)
    underWay.add(transport)
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      transport.close()
      late.reject(new MailError(`The mail server did not finish within ${LIMITS.totalMs / 1000} s.`, false))
    }, LIMITS.totalMs)
    try {
      const sent = transport.sendMail({
        from,
        to: [...mail.to],
        subject: mail.subject,
        text: mail.text,
        ...(mail.html === undefined ? {} : { html: mail.html }),
        messageId: `<${mail.messageId}>`,
        headers: { ...mail.headers, 'Auto-Submitted': 'auto-generated' },
        // Nothing of a message may name a file or an address that would be read into it.
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      sent.catch(() => {})
      const { response, rejected } = (await Promise.race([sent, late.promise])) as {
        response?: string
        rejected?: readonly unknown[]
      }
      const refused = rejected?.length ? `; refused: ${rejected.join(', ')}` : ''
      return {
        response: safeText(`${response ?? ''}${refused}`, 500),
        durationMs: performance.now() - began,
      }
    } catch (error) {
      throw toMailError(error)
    } finally {
      clearTimeout(timer)
      underWay.delete(transport)
      transport.close()
    }
  }

  return {
    send,
    async close() {
      isClosed = true
      for (const transport of underWay) transport.close()
    },
  }
}

function optionsOf(text: string, ca: string | undefined) {
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const never = url.searchParams.get('tls') === 'never'
  const user = decodeURIComponent(url.username)
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // Without it whoever sits between would take the offer of STARTTLS out, and read the password.
    requireTLS: !secure && !never && !isLoopback(host),
    ignoreTLS: never,
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    connectionTimeout: LIMITS.connectMs,
    greetingTimeout: LIMITS.connectMs,
    socketTimeout: LIMITS.totalMs,
    dnsTimeout: LIMITS.resolveMs,
    tls: { minVersion: 'TLSv1.2' as const, ...(ca === undefined ? {} : { ca }) },
  }
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** A line break in a header would begin another one, and in an address another command. */
function checkMail({ to, subject, messageId, headers }: Mail): void {
  const lines = [...to, subject, messageId, ...Object.keys(headers), ...Object.values(headers)]
  if (lines.some((line) => /[\p{Cc}\u2028\u2029]/u.test(line))) {
    throw new MailError('A header of the message has a control character or line break.', true)
  }
}

/** Refused for good is what the server says of the message or its receivers; a wrong password can be put right. */
function toMailError(error: unknown): MailError {
  if (error instanceof MailError) return error
  const { code, responseCode, message, response } = error as Error & {
    code?: string
    response?: string
    responseCode?: number
  }
  const isAboutMessage = code === 'EENVELOPE' || code === 'EMESSAGE'
  const said = safeText(response ?? message, 300)
  return new MailError(
    `The mail server did not take the message${code === undefined ? '' : ` (${code})`}: ${said}`,
    isAboutMessage && responseCode !== undefined && responseCode >= 500,
    { cause: error },
  )
}
