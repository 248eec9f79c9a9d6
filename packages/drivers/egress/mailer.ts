/** One message. Header values hold no line breaks; the driver refuses them. */
export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** Stays the same when the message is sent again, so that mail programs show it once: `<event>.<subscription>`. */
  readonly messageId: string
  /** `X-Orrery-Event-Id` and the like. */
  readonly headers: Readonly<Record<string, string>>
}

export interface MailResult {
  /** What the server said last, cut and harmless. */
  readonly response: string
  readonly durationMs: number
}

/** Why a message did not go. `final`: the server refuses it for good (a 5xx of SMTP), so it is not tried again. */
export class MailError extends Error {
  readonly final: boolean
  constructor(message: string, final: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MailError'
    this.final = final
  }
}

/** Sends e-mail by the SMTP server that the operator names; its host counts as allowed. */
export interface Mailer {
  /** @throws MailError; never anything else */
  send(mail: Mail): Promise<MailResult>
  close(): Promise<void>
}

/**
 * `--smtp-url`: `smtp://user:password@host:587` (STARTTLS wherever offered; required beyond loopback unless
 * `?tls=never`) or `smtps://…:465`.
 */
export interface MailSettings {
  readonly url: string
  /** `--mail-from`: an address, or `Name <address>`. */
  readonly from: string
}
