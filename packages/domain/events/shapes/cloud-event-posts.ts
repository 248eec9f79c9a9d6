import {
  cloudEvent,
  cloudEventData,
  cloudEventJson,
  cloudEventSource,
  cloudEventType,
} from './cloud-event.ts'
import { type Post, type Sending, signedPost } from './post.ts'

/** Structured: one JSON object. */
export function structuredPost(sending: Sending): Post {
  return signedPost(sending, cloudEventJson(sending.event, sending.origin), {
    'content-type': 'application/cloudevents+json; charset=utf-8',
  })
}

/** Binary: attributes as headers, the data as body. */
export function binaryPost(sending: Sending): Post {
  const { event, origin } = sending
  return signedPost(sending, JSON.stringify(cloudEventData(event, origin)), {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': event.id,
    'ce-source': headerText(cloudEventSource(origin)),
    'ce-type': cloudEventType(event.type),
    'ce-subject': headerText(event.subject),
    'ce-time': new Date(event.at).toISOString(),
    'ce-sequence': String(event.position).padStart(20, '0'),
  })
}

/** Several events in one list. The id is that of the first of them. @param sendings at least one, of one subscription */
export function batchPost(sendings: readonly Sending[]): Post {
  const events = sendings.map(({ event, origin }) => cloudEvent(event, origin))
  const attempt = Math.max(...sendings.map((sending) => sending.attempt))
  const replay = Math.max(...sendings.map((sending) => sending.replay))
  return signedPost({ ...sendings[0]!, attempt, replay }, JSON.stringify(events), {
    'content-type': 'application/cloudevents-batch+json; charset=utf-8',
  })
}

/** Percent-encoded as the HTTP binding of CloudEvents says: everything but printable ASCII, and space, `"` and `%`. */
function headerText(text: string): string {
  return text.toWellFormed().replace(/[^\x21\x23\x24\x26-\x7e]+/g, encodeURIComponent)
}
