import { cloudEventSource, type EventOrigin } from './cloud-event.ts'
import { type Post, type Sending, signedPost } from './post.ts'
import { reasonOf, sentenceOf } from './sentence.ts'

const LONGEST = 1_000

/**
 * As Slack's incoming webhooks take it. The sentence stands in a block of plain text, where nothing is markup; in `text`,
 * which only notifications show, markup is switched off and `&`, `<`, `>` are escaped, so that nobody is called by it.
 */
export function slackPost(sending: Sending): Post {
  const text = toldIn(sending)
  const link = linkOf(sending)
  const message = {
    text: slackEscaped(text),
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    blocks: [
      { type: 'section', text: { type: 'plain_text', text, emoji: false } },
      {
        type: 'context',
        elements: [
          { type: 'plain_text', text: footOf(sending), emoji: false },
          { type: 'mrkdwn', text: `<${slackEscaped(link).replaceAll('|', '%7C')}|Details>` },
        ],
      },
    ],
  }
  return signedPost({ ...sending, secret: undefined }, JSON.stringify(message), {
    'content-type': 'application/json; charset=utf-8',
  })
}

/** As Teams takes it: a message with one Adaptive Card. Runs of text have no markup, unlike blocks of it. */
export function teamsPost(sending: Sending): Post {
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: toldIn(sending), weight: 'bolder' }] },
      {
        type: 'RichTextBlock',
        inlines: [{ type: 'TextRun', text: footOf(sending), isSubtle: true, size: 'small' }],
      },
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Details', url: linkOf(sending) }],
  }
  const message = {
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
    ],
  }
  return signedPost({ ...sending, secret: undefined }, JSON.stringify(message), {
    'content-type': 'application/json; charset=utf-8',
  })
}

/** One sentence and the reason, cut to what a message takes. */
export function toldIn({ event, isTest, replay }: Pick<Sending, 'event' | 'isTest' | 'replay'>): string {
  const mark = isTest ? 'Test: ' : replay > 0 ? 'Sent again: ' : ''
  const told = `${mark}${sentenceOf(event)}${reasonOf(event)}`
  return told.length > LONGEST ? `${told.slice(0, LONGEST - 1).toWellFormed()}…` : told
}

export function footOf({ event, origin }: Pick<Sending, 'event' | 'origin'>): string {
  return `${origin.workspace} · ${event.type} · ${new Date(event.at).toISOString()}`
}

/** Where everything is told that happened to the thing. */
export function linkOf({ event, origin }: { event: { subject: string }; origin: EventOrigin }): string {
  return `${cloudEventSource(origin)}/api/orrery/v1/events?subject=${encodeURIComponent(event.subject)}`
}

const slackEscaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
