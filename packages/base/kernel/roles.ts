import { PERMISSION_NAMES, PERMISSIONS, type Permission, type PermissionKind } from './permissions.ts'

/** A role that every workspace has. What it gives is fixed here, so that a new version brings its new permissions. */
export interface BuiltInRole {
  readonly says: string
  readonly permissions: readonly Permission[]
}

const all = PERMISSION_NAMES.filter((name) => name !== 'server.manage')

/** What only those who keep the workspace may see. */
const CONFIDENTIAL: readonly Permission[] = ['webhook.read', 'audit.read']
const reading = all.filter((name) => PERMISSIONS[name].level === 'READ' && !CONFIDENTIAL.includes(name))

const GIVES_ACCESS: readonly Permission[] = ['workspace.manage', 'experiment.manage', 'model.manage']
/** Whoever is bound by a policy must not be able to lift it. */
const OF_OWNERS: readonly Permission[] = [...GIVES_ACCESS, 'policy.manage']

/** What data scientists do everything with, but for giving others access. */
const THEIR_WORK: readonly PermissionKind[] = [
  'experiment',
  'run',
  'artifact',
  'trace',
  'model',
  'data',
  'environment',
  'job',
  'endpoint',
  'monitor',
]
const KEPT_BY_OPERATORS: readonly PermissionKind[] = ['compute', 'webhook', 'audit']

const of = (kinds: readonly PermissionKind[]) => all.filter((name) => kinds.includes(PERMISSIONS[name].kind))
const distinct = (...lists: readonly (readonly Permission[])[]) => {
  const wanted = new Set(lists.flat())
  return all.filter((name) => wanted.has(name))
}

export const ROLES = {
  owner: { says: 'Everything in the workspace, members and deletion included.', permissions: all },
  contributor: {
    says: 'Everything but giving others access, setting policies and deleting the workspace.',
    permissions: all.filter((name) => !OF_OWNERS.includes(name)),
  },
  'data-scientist': {
    says: 'All work on experiments, models, data, jobs and endpoints; compute is used, not changed.',
    permissions: distinct(reading, of(THEIR_WORK), ['compute.use']).filter(
      (name) => !GIVES_ACCESS.includes(name),
    ),
  },
  operator: {
    says: 'Keeps things running: compute, jobs, endpoints, webhooks and the audit log; changes no results.',
    permissions: distinct(reading, of(KEPT_BY_OPERATORS), ['job.write', 'endpoint.use', 'endpoint.write']),
  },
  reader: { says: 'Sees everything but secrets, webhooks and the audit log.', permissions: reading },
} as const satisfies Record<string, BuiltInRole>

export type BuiltInRoleName = keyof typeof ROLES
