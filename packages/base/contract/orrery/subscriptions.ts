import { orrery } from '../declaration.ts'
import { EventFilter } from '../events/event-fields.ts'
import { flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const Shape = word([
  'cloudevents',
  'cloudevents-binary',
  'cloudevents-batch',
  'event-grid',
  'slack',
  'teams',
  'email',
  'mlflow',
])
const Status = word(['active', 'disabled'])
const State = word(['waiting', 'delivered', 'dead', 'replayed'])

const Subscription = message({
  id: text(),
  name: text(),
  description: maybe(text()),
  shape: Shape,
  url: maybe(text('Of Slack and Teams cut after the host: the path is a secret.')),
  addresses: maybe(list(text(), 'Of e-mail.')),
  has_secret: flag(),
  filter: EventFilter,
  status: word(['active', 'disabled', 'stopped']),
  status_reason: maybe(text()),
  max_attempts: int64(),
  ttl_ms: int64(),
  created_by: text(),
  creation_timestamp: int64('Milliseconds since the epoch.'),
  last_updated_timestamp: int64('Milliseconds since the epoch.'),
  last_delivered_timestamp: maybe(int64('Milliseconds since the epoch.')),
  waiting: int64('Events that are due.'),
  dead: int64('Events that were given up.'),
})

const Delivery = message({
  id: int64(),
  position: int64(),
  event_id: text(),
  type: text(),
  subject: text(),
  replay: int64('0 for the first sending.'),
  state: State,
  attempts: int64(),
  next_timestamp: maybe(
    int64(
      'When it is tried next, in milliseconds since the epoch. Left out where it is due, or waits for an earlier event of its subject, for a receiver that is gone to take another one, or for its subscription to be active.',
    ),
  ),
  creation_timestamp: int64('Milliseconds since the epoch.'),
  last_timestamp: maybe(int64('Milliseconds since the epoch.')),
  status: maybe(int64('Of HTTP.')),
  error: maybe(text()),
  duration_ms: maybe(int64()),
})

const Wanted = {
  description: maybe(text()),
  url: maybe(text('https; of all shapes but `email`.')),
  addresses: maybe(list(text(), 'Of `email`; at most 20.')),
  secret: maybe(text('16 to 256 characters; signs what is sent.')),
  filter: maybe(EventFilter),
  status: maybe(Status),
  max_attempts: maybe(int64('1 to 30, 30 if not given.')),
  ttl_ms: maybe(int64('1 minute to 24 hours, which it is if not given.')),
}
const One = message({ subscription: Subscription })
const Id = { id: text() }
const Page = { limit: maybe(int64('1 to 1,000, 100 if not given.')), page_token: maybe(text()) }

export const subscriptionRoutes = {
  create: orrery({
    name: 'subscriptions.create',
    method: 'POST',
    path: 'subscriptions',
    needs: 'webhook.write',
    takes: message({
      name: text(),
      shape: maybe(Shape),
      ...Wanted,
      from_position: maybe(int64('Begins behind this event instead of now.')),
    }),
    gives: One,
    answers: 201,
    summary: 'Makes a subscription: sends events to a webhook, a channel or e-mail addresses.',
  }),
  list: orrery({
    name: 'subscriptions.list',
    method: 'GET',
    path: 'subscriptions',
    needs: 'webhook.read',
    takes: message({ shape: maybe(Shape), ...Page }),
    gives: message({ subscriptions: list(Subscription), next_page_token: maybe(text()) }),
    summary: 'Lists subscriptions, newest first.',
  }),
  get: orrery({
    name: 'subscriptions.get',
    method: 'GET',
    path: 'subscriptions/{id}',
    needs: 'webhook.read',
    takes: message(Id),
    gives: One,
    summary: 'Shows a subscription.',
  }),
  update: orrery({
    name: 'subscriptions.update',
    method: 'PATCH',
    path: 'subscriptions/{id}',
    needs: 'webhook.write',
    takes: message({ ...Id, name: maybe(text()), ...Wanted }),
    gives: One,
    summary: 'Changes a subscription; what is left out stays.',
  }),
  delete: orrery({
    name: 'subscriptions.delete',
    method: 'DELETE',
    path: 'subscriptions/{id}',
    needs: 'webhook.write',
    takes: message(Id),
    gives: nothing,
    answers: 204,
    summary: 'Deletes a subscription with its deliveries.',
  }),
  test: orrery({
    name: 'subscriptions.test',
    method: 'POST',
    path: 'subscriptions/{id}/test',
    needs: 'webhook.write',
    takes: message({ ...Id, type: maybe(text('Of the catalogue; the first of its filter if not given.')) }),
    gives: message({
      success: flag(),
      status: maybe(int64('Of HTTP.')),
      body: text('What the receiver said, cut to 1,000 characters.'),
      error: maybe(text()),
      duration_ms: int64(),
    }),
    summary: 'Sends an example and tells what came of it.',
  }),
  listDeliveries: orrery({
    name: 'subscriptions.listDeliveries',
    method: 'GET',
    path: 'subscriptions/{id}/deliveries',
    needs: 'webhook.read',
    takes: message({ ...Id, state: maybe(State), subject: maybe(text()), ...Page }),
    gives: message({ deliveries: list(Delivery), next_page_token: maybe(text()) }),
    summary: 'Lists deliveries, newest first; `state=dead` lists those that were given up.',
  }),
  replay: orrery({
    name: 'subscriptions.replay',
    method: 'POST',
    path: 'subscriptions/{id}/replay',
    needs: 'webhook.write',
    takes: message({
      ...Id,
      deliveries: maybe(list(int64(), 'Ids; at most 10,000.')),
      dead: maybe(flag('All that were given up.')),
      from_position: maybe(int64('Inclusive.')),
      to_position: maybe(int64('Inclusive.')),
    }),
    gives: message({ queued: int64() }),
    summary: 'Sends events again, marked as a replay: named deliveries, all dead ones, or a range.',
  }),
}
