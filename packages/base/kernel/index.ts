export {
  type Caller,
  type Confinement,
  type Credential,
  isPassing,
  must,
  mustHave,
  mustNotPass,
  mustReach,
  type Principal,
  type Readable,
  type ResourceKind,
  readableHas,
  SOMEWHERE,
  type Workspace,
} from './caller.ts'
export type { Approval, Change, Placed, ProtectedChange } from './change.ts'
export { type Clock, systemClock } from './clock.ts'
export { countingIds, type IdSource, randomIds } from './ids.ts'
export { nearest } from './nearest.ts'
export {
  ADMINISTERING,
  BRINGS,
  LEVELS,
  type Level,
  PERMISSION_NAMES,
  PERMISSIONS,
  type Permission,
  type PermissionKind,
} from './permissions.ts'
export { invalid, missing, PROBLEMS, Problem, type ProblemCode } from './problem.ts'
export { REASON_LIMITS, readReason } from './reason.ts'
export { type BuiltInRoleName, ROLES } from './roles.ts'
