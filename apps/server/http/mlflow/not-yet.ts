import { type AnyDeclaration, notYetRoutes } from '@orrery/base/contract'
import { Problem } from '@orrery/base/kernel'
import type { BoundRoute } from '../kit/index.ts'

/** Answers every route of MLflow that this version does not serve, in MLflow's error shape. */
export function bindNotYet(): BoundRoute[] {
  return notYetRoutes.map(({ capability, declaration }) => ({
    declaration,
    handler: () => {
      throw notImplemented(capability, declaration)
    },
  }))
}

/** 501 is final to the MLflow client: it repeats 500 and 503 for minutes, this never. */
function notImplemented(capability: string, { method, path }: AnyDeclaration): Problem {
  return new Problem(
    'NOT_IMPLEMENTED',
    `This version of Orrery does not serve ${capability} yet (${method} ${path}).`,
  )
}
