import type { Group } from './command.ts'

export interface GroupRow {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<Group>
}

/** The groups of `orrery`, each loaded when it is called: a line here and a file in `groups/` make a group. */
export const GROUPS: readonly GroupRow[] = [
  {
    name: 'login',
    summary: 'Signs in to a server.',
    load: async () => (await import('./groups/login.ts')).loginGroup,
  },
  {
    name: 'logout',
    summary: 'Signs out.',
    load: async () => (await import('./groups/logout.ts')).logoutGroup,
  },
  {
    name: 'config',
    summary: 'Profiles and defaults: which server, workspace and experiment are meant.',
    load: async () => (await import('./groups/config.ts')).config,
  },
  {
    name: 'workspace',
    summary: 'Workspaces, their keys, quotas and config.json.',
    load: async () => (await import('./groups/workspace.ts')).workspace,
  },
  {
    name: 'user',
    summary: 'Accounts: users, service accounts and groups.',
    load: async () => (await import('./groups/user.ts')).user,
  },
  {
    name: 'role',
    summary: 'Roles, and who has them.',
    load: async () => (await import('./groups/role.ts')).role,
  },
  {
    name: 'token',
    summary: 'Tokens of your own and of service accounts.',
    load: async () => (await import('./groups/token.ts')).token,
  },
  {
    name: 'experiment',
    summary: 'Experiments: find, create, delete.',
    load: async () => (await import('./groups/experiment.ts')).experiment,
  },
  {
    name: 'run',
    summary: 'Runs: find, compare, wait for, delete.',
    load: async () => (await import('./groups/run.ts')).run,
  },
  {
    name: 'artifact',
    summary: 'Files of runs and logged models.',
    load: async () => (await import('./groups/artifact.ts')).artifact,
  },
  {
    name: 'model',
    summary: 'Registered models: register, compare, alias, check, export.',
    load: async () => (await import('./groups/model.ts')).model,
  },
  {
    name: 'event',
    summary: 'Events: what happens and what has happened.',
    load: async () => (await import('./groups/event.ts')).event,
  },
  {
    name: 'subscription',
    summary: 'Webhooks, channels and e-mail that are told of events.',
    load: async () => (await import('./groups/subscription.ts')).subscription,
  },
  {
    name: 'audit',
    summary: 'The audit log: who did what, when and why.',
    load: async () => (await import('./groups/audit.ts')).audit,
  },
  {
    name: 'lineage',
    summary: 'What produced a thing, and what depends on it.',
    load: async () => (await import('./groups/lineage.ts')).lineage,
  },
  {
    name: 'retention',
    summary: 'After how long what is removed, and legal holds.',
    load: async () => (await import('./groups/retention.ts')).retention,
  },
  {
    name: 'approval',
    summary: 'Changes that a second person must approve.',
    load: async () => (await import('./groups/approval.ts')).approval,
  },
  {
    name: 'completion',
    summary: 'Scripts that complete words in bash, zsh and fish.',
    load: async () => (await import('./groups/completion.ts')).completion,
  },
]

/** Commands of the server's program, which `./orrery` starts by itself; a test compares them with its `case`. */
export const HOST_COMMANDS: Readonly<Record<string, string>> = {
  server: 'Starts the workspace on this machine.',
  backup: 'Copies a workspace of this machine, also while it is in use.',
  check: 'Reads the whole database of a workspace of this machine, and holds its artifacts against it.',
  restore: 'Makes a new home of a backup.',
  'reset-password': 'Lets an account choose a new password.',
  'audit verify': 'Checks the audit log in the database.',
  'audit anchor': 'Writes the head of the log outside the database.',
  'audit export': 'Writes the log to a file.',
}
