export {
  type AnyDeclaration,
  type CodecName,
  type Declaration,
  type Method,
  mlflow,
  orrery,
  raw,
} from './declaration.ts'
export * as fields from './fields.ts'
export { artifactRoutes, CreateUpload, PresignDownload, PresignUpload } from './mlflow/artifacts.ts'
export * as entities from './mlflow/entities.ts'
export { experimentRoutes } from './mlflow/experiments.ts'
export { inputRoutes } from './mlflow/inputs.ts'
export { loggedModelRoutes } from './mlflow/logged-models.ts'
export { metricRoutes } from './mlflow/metrics.ts'
export { type NotYetRoute, notYetRoutes } from './mlflow/not-yet.ts'
export { runRoutes } from './mlflow/runs.ts'
export { statusRoutes } from './orrery/status.ts'
export { systemRoutes } from './orrery/system.ts'
export { trackingRoutes } from './orrery/tracking.ts'
