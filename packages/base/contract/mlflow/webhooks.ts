import { mlflow } from '../declaration.ts'
import { flag, int32, int64, list, maybe, message, nothing, protoEnum, spelled, text } from '../fields.ts'

/** MLflow's webhooks: a second face of the subscriptions whose shape is `mlflow`. */

const WebhookStatus = protoEnum({ ACTIVE: 1, DISABLED: 2 })

/** Clients of MLflow 3.3 also say `registered_model.created`. */
const WebhookEvent = spelled(
  message({
    entity: protoEnum({
      ENTITY_UNSPECIFIED: 0,
      REGISTERED_MODEL: 1,
      MODEL_VERSION: 2,
      MODEL_VERSION_TAG: 3,
      MODEL_VERSION_ALIAS: 4,
      PROMPT: 5,
      PROMPT_VERSION: 6,
      PROMPT_TAG: 7,
      PROMPT_VERSION_TAG: 8,
      PROMPT_ALIAS: 9,
      BUDGET_POLICY: 10,
    }),
    action: protoEnum({ ACTION_UNSPECIFIED: 0, CREATED: 1, UPDATED: 2, DELETED: 3, SET: 4, EXCEEDED: 5 }),
  }),
  'entity',
  'action',
)

const Webhook = message({
  webhook_id: text(),
  name: text(),
  description: maybe(text()),
  url: text(),
  events: list(WebhookEvent),
  status: WebhookStatus,
  creation_timestamp: int64('Milliseconds since the epoch.'),
  last_updated_timestamp: int64('Milliseconds since the epoch.'),
})

const One = message({ webhook: Webhook })
const Id = { webhook_id: text() }

export const webhookRoutes = {
  create: mlflow({
    name: 'webhooks.create',
    method: 'POST',
    path: 'webhooks',
    needs: 'webhook.write',
    takes: message({
      name: text('1 to 63 letters, digits, dots, underscores and hyphens.'),
      description: maybe(text()),
      url: text(),
      events: list(WebhookEvent),
      secret: maybe(text('Signs what is sent; never shown.')),
      status: maybe(WebhookStatus),
    }),
    gives: One,
    summary: 'Makes a webhook.',
  }),
  list: mlflow({
    name: 'webhooks.list',
    method: 'GET',
    path: 'webhooks',
    needs: 'webhook.read',
    takes: message({
      max_results: maybe(int32('1 to 1,000, 100 if not given.')),
      page_token: maybe(text()),
    }),
    gives: message({ webhooks: list(Webhook), next_page_token: maybe(text()) }),
    summary: 'Lists webhooks, newest first.',
  }),
  get: mlflow({
    name: 'webhooks.get',
    method: 'GET',
    path: 'webhooks/{webhook_id}',
    needs: 'webhook.read',
    takes: message(Id),
    gives: One,
    summary: 'Shows a webhook.',
  }),
  update: mlflow({
    name: 'webhooks.update',
    method: 'PATCH',
    path: 'webhooks/{webhook_id}',
    needs: 'webhook.write',
    takes: message({
      ...Id,
      name: maybe(text()),
      description: maybe(text()),
      url: maybe(text()),
      events: maybe(list(WebhookEvent)),
      secret: maybe(text()),
      status: maybe(WebhookStatus),
    }),
    gives: One,
    summary: 'Changes a webhook; what is left out stays.',
  }),
  delete: mlflow({
    name: 'webhooks.delete',
    method: 'DELETE',
    path: 'webhooks/{webhook_id}',
    needs: 'webhook.write',
    takes: message(Id),
    gives: nothing,
    summary: 'Deletes a webhook.',
  }),
  test: mlflow({
    name: 'webhooks.test',
    method: 'POST',
    path: 'webhooks/{webhook_id}/test',
    needs: 'webhook.write',
    takes: message({ ...Id, event: maybe(WebhookEvent) }),
    gives: message({
      result: message({
        success: flag(),
        response_status: maybe(int32()),
        response_body: maybe(text('Cut to 1,000 characters.')),
        error_message: maybe(text()),
      }),
    }),
    summary: 'Sends an example to a webhook and tells what came of it.',
  }),
}
