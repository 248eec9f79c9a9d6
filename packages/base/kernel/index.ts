export {
  type Caller,
  must,
  type Principal,
  type Readable,
  type ResourceKind,
  readableHas,
  type Workspace,
} from './caller.ts'
export { type Clock, systemClock } from './clock.ts'
export { countingIds, type IdSource, randomIds } from './ids.ts'
export { PERMISSIONS, type Permission } from './permissions.ts'
export { invalid, missing, PROBLEMS, Problem, type ProblemCode } from './problem.ts'
