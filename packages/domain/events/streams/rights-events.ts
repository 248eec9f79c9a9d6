import type { EventType } from '@orrery/base/contract'
import type { LoggedEvent } from '../log.ts'

/** After one of these anybody's rights may be others, in any workspace. */
const OF_ACCOUNTS: ReadonlySet<string> = new Set<EventType>([
  'principal.disabled',
  'principal.enabled',
  'principal.deleted',
  'principal.made-admin',
  'principal.no-longer-admin',
  'group.member-added',
  'group.member-removed',
  'role.updated',
  'role.deleted',
  'role.assigned',
  'role.unassigned',
  'grant.given',
  'grant.changed',
  'grant.taken',
  'password.changed',
  'token.revoked',
  'session.ended',
  'workspace.deleted',
])

export const changesRights = ({ type }: Pick<LoggedEvent, 'type'>) => OF_ACCOUNTS.has(type)

/** Who makes a thing may read it, which whoever may read some things only has to be told. */
export function kindOfNew({ type }: Pick<LoggedEvent, 'type'>): 'experiment' | 'model' | undefined {
  if (type === 'experiment.created') return 'experiment'
  return type === 'model.registered' ? 'model' : undefined
}
