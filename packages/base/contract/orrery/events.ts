import { orrery, raw } from '../declaration.ts'
import { EventFilter, EventMessage } from '../events/event-fields.ts'
import { flag, int64, list, maybe, message, nothing, text } from '../fields.ts'

const V1 = '/api/orrery/v1/'

/** Events for whoever may see what they are about. */
export const eventRoutes = {
  list: raw({
    name: 'events.list',
    method: 'GET',
    path: `${V1}events`,
    needs: 'workspace.read',
    takes: message({
      types: maybe(list(text(), 'Types of the catalogue, or `noun.*`.')),
      subject: maybe(text('Exactly; everything below it where it ends in `/`.')),
      since: maybe(int64('Milliseconds since the epoch, inclusive.')),
      until: maybe(int64('Milliseconds since the epoch, inclusive.')),
      limit: maybe(int64('1 to 1,000, 100 if not given.')),
      page_token: maybe(text()),
    }),
    gives: message({ events: list(EventMessage), next_page_token: maybe(text()) }),
    summary: 'Lists events, newest first, of what the caller may see.',
  }),
  catalogue: orrery({
    name: 'events.catalogue',
    method: 'GET',
    path: 'events/catalogue',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({
      types: list(
        message({
          type: text(),
          when: text(),
          subject: text(),
          audience: text('`experiment`, `model`, or a permission.'),
          to_come: flag('Nothing emits it yet.'),
        }),
      ),
    }),
    summary: 'Lists the types of events.',
  }),
  stream: raw({
    name: 'events.stream',
    method: 'GET',
    path: `${V1}events/stream`,
    needs: 'workspace.read',
    takes: message({
      types: maybe(list(text())),
      subject_begins: maybe(text()),
      after: maybe(int64('Position; the header Last-Event-ID wins. From now on if neither is given.')),
    }),
    gives: nothing,
    summary:
      'Live events as text/event-stream: `hello` with the id of the stream, then CloudEvents with their position as id.',
  }),
  replaceStreamWishes: orrery({
    name: 'events.replaceStreamSubscriptions',
    method: 'PUT',
    path: 'events/stream/{stream}/subscriptions',
    needs: 'workspace.read',
    takes: message({ stream: text(), filters: list(EventFilter, 'Any of them; at most 100.') }),
    gives: nothing,
    answers: 204,
    summary: 'Replaces what a live stream sends; the stream says `wishes` when it holds.',
  }),
}
