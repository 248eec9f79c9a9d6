import { type AnyDeclaration, systemRoutes } from '@orrery/base/contract'
import { type BoundRoute, bind, jsonAnswer, type RawAnswer } from '../kit/index.ts'
import { apiPage } from './api-page.ts'
import { openApi } from './open-api.ts'
import type { ServerMetrics } from './server-metrics.ts'

/** The MLflow whose client and answers this server is measured against. */
const MLFLOW_VERSION = '3.17.2'

export interface SystemMeans {
  /** Resolves while the database answers. */
  readonly ping: () => Promise<void>
  readonly metrics: ServerMetrics
  /** All routes of the server, these included; asked when the first page is wanted. */
  readonly declarations: () => readonly AnyDeclaration[]
  readonly basePath: string
}

export function bindSystem({ ping, metrics, declarations, basePath }: SystemMeans): BoundRoute[] {
  // Built once, when first asked for: the start should not pay for pages that few read.
  let document: ReturnType<typeof openApi> | undefined
  const described = () => {
    document ??= openApi(declarations(), { basePath, mlflowVersion: MLFLOW_VERSION })
    return document
  }
  return bind(systemRoutes, {
    health: () => plain('OK'),
    ready: async () => {
      await ping()
      return plain('OK')
    },
    version: () => plain(MLFLOW_VERSION),
    metrics: async () => ({
      status: 200,
      headers: { 'content-type': metrics.contentType, 'cache-control': 'no-store' },
      body: await metrics.text(),
    }),
    serverInfo: () => SERVER_INFO,
    openapi: () => jsonAnswer(described()),
    apiDocs: () => apiPage(described()),
  })
}

const SERVER_INFO = {
  store_type: 'SqlStore',
  workspaces_enabled: true,
  trace_archival_enabled: false,
  multipart_uploads_enabled: false,
  multipart_downloads_enabled: false,
  presigned_upload_run_id_supported: true,
  presigned_upload_model_id_supported: true,
  features_enabled: { gateway: false },
}

function plain(text: string): RawAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: text,
  }
}
