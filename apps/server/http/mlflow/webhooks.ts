import { webhookRoutes } from '@orrery/base/contract'
import { type Caller, invalid, missing } from '@orrery/base/kernel'
import { mlflowFilter, type Subscription, type Subscriptions } from '@orrery/domain/events'
import { bind } from '../kit/index.ts'
import { checkWebhookName, checkWebhookUrl, readEvent, readEvents, wireWebhook } from './wire-webhook.ts'

/** MLflow's endpoints of webhooks: the subscriptions whose shape is `mlflow`. Others are not there for them. */
export function bindWebhooks(subscriptions: Subscriptions) {
  return bind(webhookRoutes, {
    create: async (caller, { name, description, url, events, secret, status }) => {
      checkWebhookName(name)
      checkWebhookUrl(url)
      const made = await subscriptions.create(caller, {
        name,
        description: description || undefined,
        shape: 'mlflow',
        target: url,
        // Empty ones are none to MLflow.
        secret: secret || undefined,
        filter: mlflowFilter(readEvents(events)),
        status: readStatus(status),
      })
      return { webhook: wireWebhook(made) }
    },
    list: async (caller, { max_results, page_token }) => {
      const { subscriptions: found, nextPageToken } = await subscriptions.list(caller, {
        shape: 'mlflow',
        limit: pageSize(max_results),
        pageToken: page_token || undefined,
      })
      return { webhooks: found.map(wireWebhook), next_page_token: nextPageToken }
    },
    get: async (caller, { webhook_id }) => ({
      webhook: wireWebhook(await webhookOf(subscriptions, caller, webhook_id)),
    }),
    update: async (caller, { webhook_id, name, description, url, events = [], secret, status }) => {
      const { id } = await webhookOf(subscriptions, caller, webhook_id)
      // To MLflow an empty name, address or list is one that was not given; texts that may be empty are not.
      if (name) checkWebhookName(name)
      if (url) checkWebhookUrl(url)
      const changed = await subscriptions.update(caller, {
        id,
        name: name || undefined,
        description,
        target: url || undefined,
        filter: events.length === 0 ? undefined : mlflowFilter(readEvents(events)),
        secret,
        status: readStatus(status),
      })
      return { webhook: wireWebhook(changed) }
    },
    delete: async (caller, { webhook_id }) => {
      const { id } = await webhookOf(subscriptions, caller, webhook_id)
      await subscriptions.delete(caller, { id })
      return {}
    },
    test: async (caller, { webhook_id, event }) => {
      const { id } = await webhookOf(subscriptions, caller, webhook_id)
      const type = event === undefined ? undefined : readEvent(event)
      const { success, status, body, error } = await subscriptions.test(caller, { id, type })
      return {
        result: {
          success,
          response_status: status ?? undefined,
          response_body: body || undefined,
          error_message: error === null ? undefined : `Failed to test webhook: ${error}`,
        },
      }
    },
  })
}

async function webhookOf(subscriptions: Subscriptions, caller: Caller, id: string): Promise<Subscription> {
  const found = await subscriptions.get(caller, { id })
  if (found.shape === 'mlflow') return found
  throw missing(`Webhook with ID ${id} not found.`)
}

function readStatus(status: 'ACTIVE' | 'DISABLED' | undefined) {
  if (status === undefined) return undefined
  return status === 'ACTIVE' ? 'active' : 'disabled'
}

const MOST_RESULTS = 1_000

/** Nothing and 0 are the same to protobuf. */
function pageSize(given = 0): number {
  if (given >= 0 && given <= MOST_RESULTS) return given || 100
  throw invalid(`max_results must be between 1 and ${MOST_RESULTS}.`)
}
