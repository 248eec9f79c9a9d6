import type { AnyDeclaration, Method } from '../declaration.ts'
import { nothing } from '../fields.ts'

/*
 * The routes of MLflow 3.17.2 that this version does not serve yet, by what they belong to. They answer 501 with
 * a sentence, which tells "not yet" from "mistyped" and which no MLflow client repeats. `{api}` stands for both
 * faces, `/api` and `/ajax-api`. A capability that arrives takes its rows away from here.
 */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  traces: [
    'GET /{api}/2.0/mlflow/get-online-trace-details',
    'GET POST /{api}/2.0/mlflow/traces',
    'POST /{api}/2.0/mlflow/traces/delete-traces',
    'POST /{api}/2.0/mlflow/traces/link-prompts',
    'POST /{api}/2.0/mlflow/traces/link-to-run',
    'PATCH /{api}/2.0/mlflow/traces/{request_id}',
    'GET /{api}/2.0/mlflow/traces/{request_id}/info',
    'DELETE PATCH /{api}/2.0/mlflow/traces/{request_id}/tags',
    'GET /{api}/2.0/mlflow/unified-traces',
    'POST /{api}/3.0/mlflow/traces',
    'GET /{api}/3.0/mlflow/traces/batchGet',
    'POST /{api}/3.0/mlflow/traces/batchGetInfos',
    'POST /{api}/3.0/mlflow/traces/calculate-filter-correlation',
    'POST /{api}/3.0/mlflow/traces/delete-traces',
    'GET /{api}/3.0/mlflow/traces/get',
    'POST /{api}/3.0/mlflow/traces/metrics',
    'POST /{api}/3.0/mlflow/traces/search',
    'GET /{api}/3.0/mlflow/traces/{trace_id}',
    'POST /{api}/3.0/mlflow/traces/{trace_id}/assessments',
    'DELETE GET PATCH /{api}/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}',
    'DELETE PATCH /{api}/3.0/mlflow/traces/{trace_id}/tags',
    'GET /ajax-api/2.0/mlflow/get-trace-artifact',
    'GET /ajax-api/3.0/mlflow/get-trace-artifact',
    'POST /v1/traces',
  ],
  'evaluation datasets': [
    'POST /{api}/3.0/mlflow/datasets/create',
    'GET POST /{api}/3.0/mlflow/datasets/search',
    'DELETE GET /{api}/3.0/mlflow/datasets/{dataset_id}',
    'POST /{api}/3.0/mlflow/datasets/{dataset_id}/add-experiments',
    'GET /{api}/3.0/mlflow/datasets/{dataset_id}/experiment-ids',
    'DELETE GET POST /{api}/3.0/mlflow/datasets/{dataset_id}/records',
    'POST /{api}/3.0/mlflow/datasets/{dataset_id}/remove-experiments',
    'PATCH /{api}/3.0/mlflow/datasets/{dataset_id}/tags',
    'DELETE /{api}/3.0/mlflow/datasets/{dataset_id}/tags/{key}',
  ],
  'the AI gateway': [
    'POST /{api}/3.0/mlflow/gateway/budgets/create',
    'DELETE /{api}/3.0/mlflow/gateway/budgets/delete',
    'GET /{api}/3.0/mlflow/gateway/budgets/get',
    'GET /{api}/3.0/mlflow/gateway/budgets/list',
    'POST /{api}/3.0/mlflow/gateway/budgets/update',
    'GET /{api}/3.0/mlflow/gateway/budgets/windows',
    'POST /{api}/3.0/mlflow/gateway/endpoints/bindings/create',
    'DELETE /{api}/3.0/mlflow/gateway/endpoints/bindings/delete',
    'GET /{api}/3.0/mlflow/gateway/endpoints/bindings/list',
    'POST /{api}/3.0/mlflow/gateway/endpoints/create',
    'DELETE /{api}/3.0/mlflow/gateway/endpoints/delete',
    'DELETE /{api}/3.0/mlflow/gateway/endpoints/delete-tag',
    'GET /{api}/3.0/mlflow/gateway/endpoints/get',
    'GET /{api}/3.0/mlflow/gateway/endpoints/list',
    'POST /{api}/3.0/mlflow/gateway/endpoints/models/attach',
    'POST /{api}/3.0/mlflow/gateway/endpoints/models/detach',
    'POST /{api}/3.0/mlflow/gateway/endpoints/set-tag',
    'POST /{api}/3.0/mlflow/gateway/endpoints/update',
    'POST /{api}/3.0/mlflow/gateway/guardrails/add-to-endpoint',
    'POST /{api}/3.0/mlflow/gateway/guardrails/create',
    'DELETE /{api}/3.0/mlflow/gateway/guardrails/delete',
    'GET /{api}/3.0/mlflow/gateway/guardrails/get',
    'GET /{api}/3.0/mlflow/gateway/guardrails/list',
    'GET /{api}/3.0/mlflow/gateway/guardrails/list-for-endpoint',
    'DELETE /{api}/3.0/mlflow/gateway/guardrails/remove-from-endpoint',
    'PATCH /{api}/3.0/mlflow/gateway/guardrails/update-config',
    'POST /{api}/3.0/mlflow/gateway/model-definitions/create',
    'DELETE /{api}/3.0/mlflow/gateway/model-definitions/delete',
    'GET /{api}/3.0/mlflow/gateway/model-definitions/get',
    'GET /{api}/3.0/mlflow/gateway/model-definitions/list',
    'POST /{api}/3.0/mlflow/gateway/model-definitions/update',
    'POST /{api}/3.0/mlflow/gateway/secrets/create',
    'DELETE /{api}/3.0/mlflow/gateway/secrets/delete',
    'GET /{api}/3.0/mlflow/gateway/secrets/get',
    'GET /{api}/3.0/mlflow/gateway/secrets/list',
    'POST /{api}/3.0/mlflow/gateway/secrets/update',
    'GET POST /ajax-api/2.0/mlflow/gateway-proxy',
    'GET /ajax-api/3.0/mlflow/gateway/provider-config',
    'GET /ajax-api/3.0/mlflow/gateway/secrets/config',
    'GET /ajax-api/3.0/mlflow/gateway/supported-models',
    'GET /ajax-api/3.0/mlflow/gateway/supported-providers',
    'POST /gateway/anthropic/v1/messages',
    // The name ends in `:generateContent` or `:streamGenerateContent`.
    'POST /gateway/gemini/v1beta/models/{endpoint_name}',
    'POST /gateway/mlflow/v1/chat/completions',
    'GET /gateway/mlflow/v1/models',
    'POST /gateway/openai/v1/chat/completions',
    'POST /gateway/openai/v1/embeddings',
    'POST /gateway/openai/v1/responses',
    'POST /gateway/openai/v1/responses/compact',
    'POST /gateway/proxy/{endpoint_name}/{path*}',
    'POST /gateway/typesafe/v1/systemone',
    'POST /gateway/{endpoint_name}/mlflow/invocations',
  ],
  'label schemas and review queues': [
    'POST /{api}/3.0/mlflow/label-schemas/create',
    'DELETE /{api}/3.0/mlflow/label-schemas/delete',
    'GET /{api}/3.0/mlflow/label-schemas/get',
    'GET /{api}/3.0/mlflow/label-schemas/get-by-name',
    'GET /{api}/3.0/mlflow/label-schemas/list',
    'PATCH /{api}/3.0/mlflow/label-schemas/update',
    'POST /{api}/3.0/mlflow/review-queues/create',
    'POST /{api}/3.0/mlflow/review-queues/delete',
    'GET /{api}/3.0/mlflow/review-queues/get',
    'GET /{api}/3.0/mlflow/review-queues/get-by-name',
    'POST /{api}/3.0/mlflow/review-queues/get-or-create-user',
    'POST /{api}/3.0/mlflow/review-queues/items/add',
    'GET /{api}/3.0/mlflow/review-queues/items/list',
    'POST /{api}/3.0/mlflow/review-queues/items/remove',
    'POST /{api}/3.0/mlflow/review-queues/items/set-status',
    'GET /{api}/3.0/mlflow/review-queues/list',
    'POST /{api}/3.0/mlflow/review-queues/update',
  ],
  'the MCP registry': [
    'GET POST /{api}/3.0/mlflow/mcp-servers',
    'GET /{api}/3.0/mlflow/mcp-servers/endpoints',
    'DELETE GET PATCH POST /{api}/3.0/mlflow/mcp-servers/{name*}',
  ],
  'prompt optimization': [
    'POST /{api}/3.0/mlflow/prompt-optimization/jobs',
    'GET POST /{api}/3.0/mlflow/prompt-optimization/jobs/search',
    'DELETE GET /{api}/3.0/mlflow/prompt-optimization/jobs/{job_id}',
    'POST /{api}/3.0/mlflow/prompt-optimization/jobs/{job_id}/cancel',
  ],
  scorers: [
    'DELETE /{api}/3.0/mlflow/scorers/delete',
    'GET /{api}/3.0/mlflow/scorers/get',
    'GET /{api}/3.0/mlflow/scorers/list',
    'PUT /{api}/3.0/mlflow/scorers/online-config',
    'GET /{api}/3.0/mlflow/scorers/online-configs',
    'POST /{api}/3.0/mlflow/scorers/register',
    'GET /{api}/3.0/mlflow/scorers/versions',
    'POST /ajax-api/3.0/mlflow/scorer/invoke',
  ],
  'evaluation jobs': [
    'POST /ajax-api/3.0/jobs/',
    'PATCH /ajax-api/3.0/jobs/cancel/{job_id}',
    'POST /ajax-api/3.0/jobs/search',
    'GET /ajax-api/3.0/jobs/{job_id}',
    'POST /ajax-api/3.0/mlflow/genai/evaluate/invoke',
    'PATCH /ajax-api/3.0/mlflow/jobs/cancel/{job_id}',
    'GET /ajax-api/3.0/mlflow/jobs/{job_id}',
  ],
  'the assistant': [
    'GET PUT /ajax-api/3.0/mlflow/assistant/config',
    'POST /ajax-api/3.0/mlflow/assistant/message',
    'GET /ajax-api/3.0/mlflow/assistant/providers',
    'GET /ajax-api/3.0/mlflow/assistant/providers/{provider}/health',
    'GET /ajax-api/3.0/mlflow/assistant/providers/{provider}/models',
    'PATCH /ajax-api/3.0/mlflow/assistant/sessions/{session_id}',
    'POST /ajax-api/3.0/mlflow/assistant/sessions/{session_id}/permission',
    'GET /ajax-api/3.0/mlflow/assistant/sessions/{session_id}/stream',
    'POST /ajax-api/3.0/mlflow/assistant/sessions/{session_id}/tool-result',
    'POST /ajax-api/3.0/mlflow/assistant/skills/install',
  ],
  "telemetry of MLflow's web UI": ['GET POST /ajax-api/3.0/mlflow/ui-telemetry'],
  issues: [
    'POST /{api}/3.0/mlflow/issues',
    'POST /{api}/3.0/mlflow/issues/search',
    'GET PATCH /{api}/3.0/mlflow/issues/{issue_id}',
    'POST /ajax-api/3.0/mlflow/issues/invoke',
  ],
  "MLflow's own web UI": ['GET /build/{filename*}', 'GET /static-files/{path*}'],
  GraphQL: ['GET POST /graphql'],
  'the prompt lab': ['POST /ajax-api/2.0/mlflow/runs/create-promptlab-run'],
  'demo data': ['POST /ajax-api/3.0/mlflow/demo/delete', 'POST /ajax-api/3.0/mlflow/demo/generate'],
}

export interface NotYetRoute {
  /** What is missing, as it stands in the sentence. */
  readonly capability: string
  readonly declaration: AnyDeclaration
}

export const notYetRoutes: readonly NotYetRoute[] = Object.entries(TABLE).flatMap(([capability, rows]) =>
  rows.flatMap((row) => {
    const words = row.split(' ')
    const path = words.pop()!
    return words.map((method) => ({ capability, declaration: declare(method as Method, path, capability) }))
  }),
)

function declare(method: Method, path: string, capability: string): AnyDeclaration {
  const [first, ...twins] = path.startsWith('/{api}/')
    ? [path.replace('{api}', 'api'), path.replace('{api}', 'ajax-api')]
    : [path]
  return {
    name: `notYet.${method} ${path}`,
    method,
    path: first!,
    twins: twins.map((twin) => ({ method, path: twin })),
    needs: 'workspace.read',
    codec: 'raw',
    takes: nothing,
    gives: nothing,
    bodyLimitBytes: 0,
    summary: `Not served yet: ${capability}.`,
  }
}
