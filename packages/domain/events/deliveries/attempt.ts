import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { EgressError, MailError } from '@orrery/drivers/egress'
import type { LoggedEvent } from '../log.ts'
import type { SubscriptionDeps } from '../seams.ts'
import { slackPost, teamsPost } from '../shapes/chat-posts.ts'
import { batchPost, binaryPost, structuredPost } from '../shapes/cloud-event-posts.ts'
import { eventGridPost } from '../shapes/event-grid.ts'
import { mailOf } from '../shapes/mail.ts'
import { makeMlflowRequest } from '../shapes/mlflow-request.ts'
import type { Post, Sending } from '../shapes/post.ts'
import type { Shape } from '../subscription.ts'
import type { Outcome } from './item.ts'
import { readRetryAfter } from './pauses.ts'

/** To whom it goes. */
export interface Receiver {
  readonly shape: Shape
  /** A URL, or for `email` a JSON list of addresses. */
  readonly target: string
}

/** An outcome with the receiver's own words, for tests of a subscription. */
export interface Answered extends Outcome {
  readonly body: Uint8Array
}

export type AttemptDeps = Pick<
  SubscriptionDeps,
  'egress' | 'mailer' | 'promptText' | 'describeRun' | 'clock'
> & { readonly reads: Reads }

export type Attempt = (
  receiver: Receiver,
  sendings: readonly Sending[],
  signal: AbortSignal,
) => Promise<Answered | undefined>

/** These say that the same request will be refused again, however often it comes. */
const FINAL: readonly number[] = [400, 410, 413]

const NOTHING = new Uint8Array()

/** Sends, once. @returns undefined where the shape has nothing to tell of the event */
export function makeAttempt(deps: AttemptDeps): Attempt {
  const posts = makePosts(deps)
  return async function attempt(receiver, sendings, signal) {
    if (receiver.shape === 'email') return sendMail(deps, receiver, sendings[0]!)
    const post = await posts(receiver.shape, sendings)
    return post === undefined ? undefined : sendPost(deps, receiver.target, post, signal)
  }
}

function makePosts({ reads, promptText, describeRun }: AttemptDeps) {
  const mlflowRequest = makeMlflowRequest({ promptText })
  return async function postOf(shape: Shape, sendings: readonly Sending[]): Promise<Post | undefined> {
    const sending = sendings[0]!
    switch (shape) {
      case 'cloudevents':
        return structuredPost(sending)
      case 'cloudevents-binary':
        return binaryPost(sending)
      case 'cloudevents-batch':
        return batchPost(sendings)
      case 'event-grid':
        return eventGridPost(reads, describeRun, sending)
      case 'slack':
        return slackPost(sending)
      case 'teams':
        return teamsPost(sending)
      case 'mlflow': {
        const { event, replay, now, secret, subscriptionId, origin } = sending
        return mlflowRequest(reads, {
          event,
          replay,
          now,
          secret,
          subscriptionId,
          workspaceName: origin.workspace,
        })
      }
      case 'email':
        throw new Error('e-mail is not posted')
    }
  }
}

/** Never rejects: what went wrong is an outcome. */
export async function sendPost(
  { egress, clock }: Pick<AttemptDeps, 'egress' | 'clock'>,
  target: string,
  { headers, body }: Post,
  signal: AbortSignal,
): Promise<Answered> {
  const began = performance.now()
  try {
    const url = new URL(target)
    const answer = await egress.send({ url, method: 'POST', headers, body, signal })
    const { status, durationMs } = answer
    const isDelivered = status >= 200 && status < 300
    return {
      isDelivered,
      isFinal: FINAL.includes(status),
      status,
      error: isDelivered ? '' : complaintOf(status),
      durationMs,
      retryAfterMs: readRetryAfter(answer.headers['retry-after'], clock()),
      body: answer.body,
    }
  } catch (error) {
    return failed(error, performance.now() - began)
  }
}

async function sendMail({ mailer }: AttemptDeps, { target }: Receiver, sending: Sending): Promise<Answered> {
  const began = performance.now()
  try {
    if (mailer === undefined) {
      throw new MailError('This server has no mail server any more (--smtp-url).', false)
    }
    const { response, durationMs } = await mailer.send(mailOf(sending, JSON.parse(target) as string[]))
    return {
      isDelivered: true,
      isFinal: false,
      status: null,
      error: '',
      durationMs,
      body: Buffer.from(response),
    }
  } catch (error) {
    return failed(error, performance.now() - began)
  }
}

function complaintOf(status: number): string {
  if (status >= 300 && status < 400) return `The receiver answered ${status}: redirects are not followed.`
  return `The receiver answered ${status}.`
}

function failed(error: unknown, durationMs: number): Answered {
  const isKnown = error instanceof EgressError || error instanceof MailError
  return {
    isDelivered: false,
    isFinal: error instanceof MailError && error.final,
    status: null,
    // Anything else is a fault of ours, whose words are not for the outside.
    error: isKnown ? error.message : 'It could not be sent.',
    durationMs,
    body: NOTHING,
  }
}

/** A caller's own view of what may be sent, so that nobody hears more through a subscription than by asking. */
export type MayHear = (caller: Caller, event: LoggedEvent) => boolean
