import type { ResourceKind } from './caller.ts'

/** How far a grant reaches, MLflow's words: each includes those before it. */
export const LEVELS = ['READ', 'USE', 'EDIT', 'MANAGE'] as const

export type Level = (typeof LEVELS)[number]

/** What a permission is about. Grants name a kind and a level; `PERMISSIONS` says what comes of the two. */
export type PermissionKind =
  | 'server'
  | 'workspace'
  | 'experiment'
  | 'run'
  | 'artifact'
  | 'trace'
  | 'model'
  | 'data'
  | 'environment'
  | 'compute'
  | 'job'
  | 'endpoint'
  | 'monitor'
  | 'webhook'
  | 'audit'
  | 'approval'
  | 'policy'

interface PermissionRow {
  readonly kind: PermissionKind
  /** The lowest level of a grant on the kind that gives it. */
  readonly level: Level
  /** The kind of thing that it is decided on: for a run that is its experiment. `workspace`: not on single things. */
  readonly on: ResourceKind | 'workspace'
  readonly says: string
}

/**
 * What a caller may be allowed to do. A route's declaration names one of these in `needs`; roles are bundles of them.
 * Names are never changed once released: custom roles keep them.
 */
export const PERMISSIONS = {
  'server.manage': row('server', 'MANAGE', 'workspace', 'make workspaces, accounts and other administrators'),
  'workspace.read': row('workspace', 'READ', 'workspace', 'see the workspace, its members and its quotas'),
  'workspace.write': row('workspace', 'EDIT', 'workspace', 'change description, tags and other properties'),
  'workspace.manage': row(
    'workspace',
    'MANAGE',
    'workspace',
    'manage members, roles, grants, service accounts and quotas; delete the workspace',
  ),
  'experiment.read': row(
    'experiment',
    'READ',
    'experiment',
    'see and search experiments, and what is in them',
  ),
  'experiment.create': row('experiment', 'USE', 'workspace', 'make experiments'),
  'experiment.write': row('experiment', 'EDIT', 'experiment', 'rename and tag experiments'),
  'experiment.delete': row('experiment', 'MANAGE', 'experiment', 'delete, restore and remove experiments'),
  'experiment.manage': row('experiment', 'MANAGE', 'experiment', 'give others access to an experiment'),
  'run.read': row('run', 'READ', 'experiment', 'see and search runs, logged models and their metrics'),
  'run.write': row('run', 'EDIT', 'experiment', 'make runs and logged models and log to them'),
  'run.delete': row(
    'run',
    'MANAGE',
    'experiment',
    'delete, restore and remove runs, logged models and metrics',
  ),
  'artifact.read': row('artifact', 'READ', 'experiment', 'list and read artifacts'),
  'artifact.write': row('artifact', 'EDIT', 'experiment', 'write artifacts'),
  'artifact.delete': row('artifact', 'MANAGE', 'experiment', 'delete artifacts'),
  'trace.read': row('trace', 'READ', 'experiment', 'see and search traces'),
  'trace.write': row('trace', 'EDIT', 'experiment', 'write and assess traces'),
  'trace.delete': row('trace', 'MANAGE', 'experiment', 'delete traces'),
  'model.read': row('model', 'READ', 'model', 'see, search, load and compare registered models'),
  'model.create': row('model', 'USE', 'workspace', 'make registered models and prompts'),
  'model.write': row('model', 'EDIT', 'model', 'register versions, set stages, aliases and tags, rename'),
  'model.delete': row('model', 'MANAGE', 'model', 'delete registered models and versions'),
  'model.manage': row('model', 'MANAGE', 'model', 'give others access to a registered model'),
  'data.read': row('data', 'READ', 'workspace', 'see datastores and data assets and read them'),
  'data.write': row('data', 'EDIT', 'workspace', 'make and change datastores and data assets'),
  'data.delete': row('data', 'MANAGE', 'workspace', 'delete datastores and data assets'),
  'environment.read': row('environment', 'READ', 'workspace', 'see environments'),
  'environment.write': row('environment', 'EDIT', 'workspace', 'make and change environments'),
  'environment.delete': row('environment', 'MANAGE', 'workspace', 'delete environments'),
  'compute.read': row('compute', 'READ', 'workspace', 'see compute targets'),
  'compute.use': row('compute', 'USE', 'workspace', 'run jobs on compute targets'),
  'compute.write': row('compute', 'EDIT', 'workspace', 'make, start, stop and resize compute targets'),
  'compute.delete': row('compute', 'MANAGE', 'workspace', 'delete compute targets'),
  'job.read': row('job', 'READ', 'workspace', 'see jobs, pipelines and schedules'),
  'job.write': row('job', 'EDIT', 'workspace', 'submit and cancel jobs, pipelines and schedules'),
  'job.delete': row('job', 'MANAGE', 'workspace', 'delete jobs, pipelines and schedules'),
  'endpoint.read': row('endpoint', 'READ', 'workspace', 'see endpoints and deployments'),
  'endpoint.use': row('endpoint', 'USE', 'workspace', 'score with an endpoint'),
  'endpoint.write': row('endpoint', 'EDIT', 'workspace', 'deploy models and change traffic'),
  'endpoint.delete': row('endpoint', 'MANAGE', 'workspace', 'delete endpoints and deployments'),
  'monitor.read': row('monitor', 'READ', 'workspace', 'see monitors and what they found'),
  'monitor.write': row('monitor', 'EDIT', 'workspace', 'make and change monitors'),
  'monitor.delete': row('monitor', 'MANAGE', 'workspace', 'delete monitors'),
  'webhook.read': row('webhook', 'READ', 'workspace', 'see webhooks, without their secrets'),
  'webhook.write': row('webhook', 'EDIT', 'workspace', 'make, change, test and delete webhooks'),
  'audit.read': row('audit', 'READ', 'workspace', 'read who did what, from where and why'),
  'approval.decide': row(
    'approval',
    'EDIT',
    'workspace',
    'approve and reject changes of others that a policy holds back',
  ),
  'policy.manage': row(
    'policy',
    'MANAGE',
    'workspace',
    'set policies of reasons and approvals, rules of retention and legal holds',
  ),
} as const satisfies Record<string, PermissionRow>

export type Permission = keyof typeof PERMISSIONS

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[]

/**
 * What a permission brings along, given or denied: whoever sees an experiment sees what is in it, and verbs keep no two
 * lists of what may be read.
 */
export const BRINGS: Readonly<Partial<Record<Permission, readonly Permission[]>>> = {
  'experiment.read': ['run.read', 'artifact.read', 'trace.read'],
}

/**
 * What gives others a right, changes who has one or what binds them, or goes on telling others what happens: none of it may
 * come of a credential that passes (`isPassing`).
 */
export const ADMINISTERING: ReadonlySet<Permission> = new Set<Permission>([
  'server.manage',
  'workspace.write',
  'workspace.manage',
  'experiment.manage',
  'model.manage',
  'webhook.write',
  'approval.decide',
  'policy.manage',
])

function row<const On extends PermissionRow['on']>(
  kind: PermissionKind,
  level: Level,
  on: On,
  says: string,
): PermissionRow & { readonly on: On } {
  return { kind, level, on, says }
}
