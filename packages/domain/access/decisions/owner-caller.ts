import type { Caller, Principal, Workspace } from '@orrery/base/kernel'
import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { localOwner } from '../callers-without-account.ts'
import type { Changes } from '../changes.ts'
import type { Profiles } from './profiles.ts'

const accountByKey = statement('access.account-by-key', (k: Kysely<AccessTables>, p: { key: number }) =>
  k
    .selectFrom('principals')
    .select(['kind', 'name', 'disabled_at as disabledAt'])
    .where('principal_key', '=', p.key),
)

const workspaceByKey = statement('access.workspace-of-key', (k: Kysely<AccessTables>, p: { key: number }) =>
  k
    .selectFrom('workspaces')
    .select(['name', 'archived_at as archivedAt'])
    .where('workspace_key', '=', p.key)
    .where('deleted_at', 'is', null),
)

const FROM_NOWHERE = { requestId: 'system', address: '' }

/**
 * Who an account is in a workspace at this moment, for what the server does in its name without a request: sending
 * events. Undefined where the account or the workspace is gone, or the account is disabled.
 *
 * @param deps.asked whether the server asks people who they are: then what nobody owns is nobody's
 */
export function makeOwnerCaller({
  db,
  profiles,
  changes,
  asked,
}: {
  db: Database
  profiles: Pick<Profiles, 'profileOf' | 'callerOf'>
  changes: Pick<Changes, 'onForget' | 'moment' | 'believes'>
  asked: boolean
}) {
  const known = new Map<string, Caller | undefined>()
  changes.onForget(() => known.clear())

  async function findWorkspace(key: number): Promise<Workspace | undefined> {
    const row = await db.read.first(workspaceByKey, { key })
    if (row === undefined) return undefined
    return { key, name: row.name, ...(row.archivedAt === null ? {} : { archived: true }) }
  }

  async function look(ownerKey: number | null, workspaceKey: number): Promise<Caller | undefined> {
    const workspace = await findWorkspace(workspaceKey)
    if (workspace === undefined) return undefined
    if (!asked) return localOwner(workspace, FROM_NOWHERE)
    if (ownerKey === null) return undefined
    const account = await db.read.first(accountByKey, { key: ownerKey })
    if (account === undefined || account.disabledAt !== null || account.kind === 'group') return undefined
    const principal: Principal = { kind: account.kind, name: account.name, key: ownerKey }
    return profiles.callerOf(await profiles.profileOf(ownerKey, workspaceKey), {
      ...FROM_NOWHERE,
      workspace,
      principal,
      credential: { kind: 'password' },
    })
  }

  return async function ownerCaller(
    ownerKey: number | null,
    workspaceKey: number,
  ): Promise<Caller | undefined> {
    const name = `${ownerKey} ${workspaceKey}`
    if (changes.believes() && known.has(name)) return known.get(name)
    const moment = changes.moment()
    const caller = await look(ownerKey, workspaceKey)
    if (changes.moment() === moment) known.set(name, caller)
    return caller
  }
}
