export {
  type AnyDeclaration,
  type CodecName,
  type Declaration,
  type Method,
  mlflow,
  type Needs,
  orrery,
  raw,
} from './declaration.ts'
export { audienceOf, EVENT_TYPES, EVENTS, type EventType } from './events/event-catalogue.ts'
export type { EventRow } from './events/event-row.ts'
export * as fields from './fields.ts'
export { artifactRoutes, CreateUpload, PresignDownload, PresignUpload } from './mlflow/artifacts.ts'
export { roleRoutes, userRoutes } from './mlflow/auth.ts'
export * as entities from './mlflow/entities.ts'
export { experimentRoutes } from './mlflow/experiments.ts'
export { inputRoutes } from './mlflow/inputs.ts'
export { loggedModelRoutes } from './mlflow/logged-models.ts'
export { metricRoutes } from './mlflow/metrics.ts'
export { notYetRoutes } from './mlflow/not-yet.ts'
export { registryRoutes } from './mlflow/registry.ts'
export { runRoutes } from './mlflow/runs.ts'
export { webhookRoutes } from './mlflow/webhooks.ts'
export { workspaceRoutes } from './mlflow/workspaces.ts'
export { accessRoutes } from './orrery/access.ts'
export { approvalRoutes } from './orrery/approvals.ts'
export { auditRoutes } from './orrery/audit.ts'
export { eventRoutes } from './orrery/events.ts'
export { legalHoldRoutes, reasonPolicyRoutes, retentionRoutes } from './orrery/governance.ts'
export { lineageRoutes } from './orrery/lineage.ts'
export { registryExtraRoutes } from './orrery/registry.ts'
export { sessionRoutes } from './orrery/sessions.ts'
export { signInRoutes } from './orrery/sign-in.ts'
export { groupMappingRoutes, identityRoutes, signOnRoutes } from './orrery/sign-on.ts'
export { statusRoutes } from './orrery/status.ts'
export { subscriptionRoutes } from './orrery/subscriptions.ts'
export { systemRoutes } from './orrery/system.ts'
export { tokenRoutes } from './orrery/tokens.ts'
export { trackingRoutes } from './orrery/tracking.ts'
export { workspaceExtraRoutes } from './orrery/workspaces.ts'
