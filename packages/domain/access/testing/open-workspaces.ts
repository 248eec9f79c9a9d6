import { type BuiltInRoleName, type Caller, countingIds, ROLES, type Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { makeEmit, readEvents } from '../../events/index.ts'
import { checkedEmit } from '../../events/testing/checked-emit.ts'
import type { AccessTables } from '../access-tables.ts'
import { localOwner } from '../callers-without-account.ts'
import { makeChanges } from '../changes.ts'
import { makeEnsureWorkspace } from '../ensure-workspace.ts'
import { makeFindWorkspace } from '../find-workspace.ts'
import { makeMeter } from '../quotas/make-meter.ts'
import { makeQuotas } from '../quotas/make-quotas.ts'
import type { Residents } from '../seams.ts'
import { makeWorkspaces } from '../workspaces/make-workspaces.ts'
import { makeWorkOffWorkspaces } from '../workspaces/work-off-workspaces.ts'
import type { WorkspaceDeps } from '../workspaces/workspace-deps.ts'

/** Workspaces with their quotas over a fresh database, and people who are known by the roles that a test gives them. */
export async function openWorkspaces(db: Database, residents: readonly Residents[] = []) {
  let time = 1_700_000_000_000
  const clock = () => time
  const ids = countingIds()
  const emit = checkedEmit(makeEmit({ clock, ids }))
  const changes = makeChanges({ db, clock })
  const held = new Map<string, BuiltInRoleName>()
  const prepared: Workspace[] = []
  const asked: string[] = []
  let woken = 0

  const at = (name: string, workspace: number) => `${name}@${workspace}`

  /** An account with what its role in a workspace gives, and nothing else. */
  function as(name: string, workspace: Workspace, key?: number): Caller {
    const role = held.get(at(name, workspace.key))
    const permissions: readonly string[] = role === undefined ? [] : ROLES[role].permissions
    const owner = localOwner(workspace, { requestId: 'test', address: '' })
    if (name === 'local-owner') return owner
    return {
      ...owner,
      principal: { kind: 'user', name, ...(key === undefined ? {} : { key }) },
      may: (permission) => permissions.includes(permission),
    }
  }

  const callerIn: WorkspaceDeps['callerIn'] = async (caller, workspace) => {
    const { name, key } = caller.principal
    asked.push(`${name} in ${workspace.name}`)
    if (name !== 'local-owner' && !held.has(at(name, workspace.key))) return undefined
    return as(name, workspace, key)
  }

  const deps: WorkspaceDeps = {
    db,
    emit,
    clock,
    ids,
    changes,
    residents,
    callerIn,
    prepare: async (_tx, workspace) => void prepared.push(workspace),
    checkLocation(location, field) {
      if (location.includes('..')) throw new Error(`${field} is refused`)
    },
    wakeRemovals: () => void woken++,
  }
  const ensureWorkspace = makeEnsureWorkspace({ clock, ids })
  const make = (name: string) => db.inTx((tx) => ensureWorkspace(tx, name))
  const tables = db.read.tables<AccessTables>()

  return {
    deps,
    workspaces: makeWorkspaces(deps),
    quotas: makeQuotas(deps),
    meter: makeMeter(deps),
    findWorkspace: makeFindWorkspace({ db, changes }),
    workOff: makeWorkOffWorkspaces(deps),
    here: as('local-owner', await make('default')),
    elsewhere: as('local-owner', await make('elsewhere')),
    make,
    as,
    /** Gives a role in a workspace to whoever `as` names. */
    hold: (name: string, workspace: Workspace, role: BuiltInRoleName) =>
      void held.set(at(name, workspace.key), role),
    prepared,
    /** Who was looked for in which workspace. */
    asked,
    woken: () => woken,
    later: (ms: number) => {
      time += ms
    },
    events: async () => {
      const events = await readEvents(db.read, 0, 10_000)
      return events.map(({ type, subject, before, after }) => ({ type, subject, before, after }))
    },
    /** In which workspace what was told, oldest first. */
    toldIn: async () => {
      const events = await readEvents(db.read, 0, 10_000)
      return events.map(({ type, workspaceKey }) => [type, workspaceKey])
    },
    rowsOf: async (table: keyof AccessTables, workspace: number) => {
      const rows = await tables
        .selectFrom(table as 'roles')
        .selectAll()
        .where('workspace_key', '=', workspace)
        .execute()
      return rows.length
    },
  }
}
