/**
 * What a caller may be allowed to do inside a workspace. A route's declaration names one of these in `needs`;
 * roles are bundles of them.
 */
export const PERMISSIONS = [
  'workspace.read',
  'experiment.read',
  'experiment.write',
  'experiment.delete',
  'run.read',
  'run.write',
  'run.delete',
  'model.read',
  'model.write',
  'artifact.read',
  'artifact.write',
  'artifact.delete',
  'trace.read',
  'trace.write',
] as const

export type Permission = (typeof PERMISSIONS)[number]
