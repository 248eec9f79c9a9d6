import type { BoundRoute } from './http/kit/index.ts'
import { bindNotYet } from './http/mlflow/not-yet.ts'
import { bindSystem, type SystemMeans } from './http/workspace/system.ts'

/** What the routes are bound to. */
export interface RouteMeans {
  readonly system: Omit<SystemMeans, 'declarations'>
}

/** Every route of the server, bound. */
export function allRoutes({ system }: RouteMeans): BoundRoute[] {
  const served: BoundRoute[] = [
    ...bindSystem({ ...system, declarations: () => served.map((route) => route.declaration) }),
  ]
  return [...served, ...bindNotYet()]
}
