import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type Caller, Problem } from '@orrery/base/kernel'
import { sendPost } from '../deliveries/attempt.ts'
import type { LoggedEvent } from '../log.ts'
import type { SubscriptionDeps } from '../seams.ts'
import { validationPost } from '../shapes/event-grid.ts'
import type { Sending } from '../shapes/post.ts'

/** Asks a receiver of Event Grid's envelope whether it wants to be one. @throws INVALID_STATE */
export async function validateTarget(
  deps: Pick<SubscriptionDeps, 'egress' | 'clock' | 'ids' | 'publicUrl'>,
  caller: Caller,
  { target, id, name, secret }: { target: string; id: string; name: string; secret: string | undefined },
): Promise<void> {
  const code = randomBytes(24).toString('base64url')
  const sending: Sending = {
    event: { id: deps.ids.hex32() } as LoggedEvent,
    origin: { publicUrl: deps.publicUrl, workspace: caller.workspace.name },
    subscriptionId: id,
    subscriptionName: name,
    secret,
    attempt: 1,
    replay: 0,
    isTest: false,
    now: deps.clock(),
  }
  const { isDelivered, error, body } = await sendPost(
    deps,
    target,
    validationPost(sending, code),
    new AbortController().signal,
  )
  if (isDelivered && isEqual(responseIn(body), code)) return
  throw new Problem(
    'INVALID_STATE',
    `The receiver did not validate: ${isDelivered ? 'its answer does not hold the code' : error}`,
    { hint: 'It must answer a SubscriptionValidationEvent with {"validationResponse": "<validationCode>"}.' },
  )
}

function responseIn(body: Uint8Array): string {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body))
    const code = (answer as { validationResponse?: unknown } | null)?.validationResponse
    return typeof code === 'string' ? code : ''
  } catch {
    return ''
  }
}

function isEqual(given: string, code: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(code)]
  return a.length === b.length && timingSafeEqual(a, b)
}
