import type { fields, webhookRoutes } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import { MLFLOW_EVENTS, type MlflowEventName, mlflowEventsOf, type Subscription } from '@orrery/domain/events'
import { asPythonText } from '@orrery/domain/registry'

type WireWebhook = fields.Static<typeof webhookRoutes.get.gives>['webhook']
type WireEvent = WireWebhook['events'][number]

/** A subscription in MLflow's words, which have neither its secret nor whether the server stopped it. */
export function wireWebhook(webhook: Subscription): WireWebhook {
  return {
    webhook_id: webhook.id,
    name: webhook.name,
    description: webhook.description || undefined,
    url: String(webhook.target),
    events: mlflowEventsOf(webhook.filter).map(wireEvent),
    status: webhook.status === 'active' ? 'ACTIVE' : 'DISABLED',
    creation_timestamp: webhook.createdAt,
    last_updated_timestamp: webhook.updatedAt,
  }
}

function wireEvent(name: MlflowEventName): WireEvent {
  const [entity, action] = name.toUpperCase().split('.')
  return { entity, action } as WireEvent
}

/** @throws INVALID_PARAMETER_VALUE in MLflow's words for an empty list and for what is no pair of MLflow's */
export function readEvents(events: readonly WireEvent[]): readonly MlflowEventName[] {
  if (events.length > 0) return events.map(readEvent)
  throw invalid('Webhook events must be a non-empty list of WebhookEvent objects: [].')
}

/** @throws INVALID_PARAMETER_VALUE */
export function readEvent({ entity, action }: WireEvent): MlflowEventName {
  const [ofEntity, ofAction] = [entity.toLowerCase(), action.toLowerCase()]
  const found = MLFLOW_EVENTS.find((name) => name === `${ofEntity}.${ofAction}`)
  if (found !== undefined) return found
  const actions = MLFLOW_EVENTS.flatMap((name) => {
    const [known, done] = name.split('.')
    return known === ofEntity ? `'${done}'` : []
  })
  throw invalid(
    `Invalid action '${ofAction}' for entity '${ofEntity}'. Valid actions are: [${actions.sort().join(', ')}]`,
  )
}

const NAME = /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i

/** MLflow's rule, in its words. */
export function checkWebhookName(name: string): void {
  if (NAME.test(name)) return
  throw invalid(
    `Webhook name ${quoted(name)} is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  )
}

/** What MLflow says of an address that is none; where it leads is for the egress rules to say, and whether `http` may be. */
export function checkWebhookUrl(url: string): void {
  if (url.trim() === '') {
    throw invalid(`Webhook URL cannot be empty or just whitespace: ${quoted(url)}`)
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
  if (scheme !== 'https' && scheme !== 'http') {
    throw invalid(`Invalid webhook URL scheme: ${quoted(scheme)}. Allowed schemes are: https.`)
  }
  if (!/^https?:\/\/[^/?#]/i.test(url)) throw invalid(`Webhook URL must include a hostname: ${quoted(url)}`)
}

const quoted = (text: string) => asPythonText(text.slice(0, 300).toWellFormed())
