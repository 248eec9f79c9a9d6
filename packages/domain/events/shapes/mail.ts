import type { Mail } from '@orrery/drivers/egress'
import { footOf, linkOf, toldIn } from './chat-posts.ts'
import type { Sending } from './post.ts'

const LONGEST_SUBJECT = 150

/** An event as a message. The id of the message stays the same when it is sent again: mail programs show it once. */
export function mailOf(sending: Sending, to: readonly string[]): Mail {
  const { event, origin, subscriptionId, subscriptionName, replay, isTest } = sending
  const told = oneLine(toldIn(sending))
  const subject = `[${origin.workspace}] ${told}`
  const link = linkOf(sending)
  const why = `You get this because of the subscription '${oneLine(subscriptionName)}'.`
  return {
    to,
    subject:
      subject.length > LONGEST_SUBJECT ? `${subject.slice(0, LONGEST_SUBJECT - 1).toWellFormed()}…` : subject,
    text: `${told}\n\n${footOf(sending)}\n${link}\n\n${why}\n`,
    html: `<p>${escaped(told)}</p>\n<p>${escaped(footOf(sending))}<br><a href="${escaped(link)}">Details</a></p>\n<p>${escaped(why)}</p>\n`,
    messageId: `${event.id}.${subscriptionId}${replay === 0 ? '' : `.${replay}`}@${hostOf(origin.publicUrl)}`,
    headers: {
      'X-Orrery-Event-Id': event.id,
      'X-Orrery-Event-Type': event.type,
      'X-Orrery-Workspace': origin.workspace,
      ...(replay === 0 ? {} : { 'X-Orrery-Replay': String(replay) }),
      ...(isTest ? { 'X-Orrery-Test': 'true' } : {}),
    },
  }
}

const oneLine = (text: string) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')

const hostOf = (publicUrl: string) => URL.parse(publicUrl)?.hostname.replace(/[[\]]/g, '') || 'orrery.invalid'

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
