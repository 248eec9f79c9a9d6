import { type Egress, type EgressAnswer, EgressError, type EgressRequest } from '@orrery/drivers/egress'

export interface Call {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Answer = number | { status: number; headers?: Record<string, string>; body?: string } | EgressError

/** A way out that goes nowhere: a test says what comes back. */
export function scriptedEgress(answer: (call: Call) => Answer | Promise<Answer> = () => 200) {
  const calls: Call[] = []
  const script = { answer }
  const egress: Egress = {
    checkUrl: (text) => new URL(text),
    async send({ url, headers, body, signal }: EgressRequest): Promise<EgressAnswer> {
      const call = { url: url.href, headers, body: Buffer.from(body ?? []).toString() }
      calls.push(call)
      const aborted = new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => reject(new EgressError('aborted', 'broken off')))
      })
      aborted.catch(() => {})
      const said = await Promise.race([script.answer(call), aborted])
      if (said instanceof EgressError) throw said
      const {
        status,
        headers: given = {},
        body: text = '',
      } = typeof said === 'number' ? { status: said } : said
      return { status, headers: given, body: Buffer.from(text), isCut: false, durationMs: 1 }
    },
    fetch: () => Promise.reject(new Error('not in tests')),
    close: async () => {},
  }
  return { egress, calls, script }
}
