import { type Caller, mustHave, Problem, type Workspace } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Workspaces } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import { findPrincipalByKey } from '../decisions/find-principal.ts'
import { MANUAL } from '../principals/holder.ts'
import { startCounting } from '../quotas/usage-rows.ts'
import { insertAssignment } from '../roles/assignment-rows.ts'
import { ownerRoleOf } from '../roles/role-rows.ts'
import { seedRoles } from './seed-roles.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'
import { newWorkspaceId } from './workspace-id.ts'
import { checkOwnName } from './workspace-name.ts'
import { checkProperties } from './workspace-properties.ts'
import { detailsOf, findRow, workspaceOf } from './workspace-rows.ts'
import { writeProperties } from './write-properties.ts'

const insert = statement(
  'access.insert-new-workspace',
  (k: Kysely<AccessTables>, p: { name: string; id: string; now: number; by: string }) =>
    k
      .insertInto('workspaces')
      .values({
        name: p.name,
        description: '',
        created_at: p.now,
        updated_at: p.now,
        workspace_id: p.id,
        created_by: p.by,
      })
      .onConflict((clash) => clash.column('name').doNothing())
      .returning('workspace_key as key'),
)

export function makeCreateWorkspace(deps: WorkspaceDeps): Workspaces['create'] {
  const { db, emit, clock, ids, changes, prepare, checkLocation } = deps
  return async function createWorkspace(caller, input) {
    // Not a change to the workspace of the request: that one may be archived.
    mustHave(caller, 'server.manage')
    const { name } = input
    checkOwnName(name, 'created')
    const properties = checkProperties(input, checkLocation)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const now = clock()
      const made = await tx.first(insert, { name, id: newWorkspaceId(ids), now, by: caller.principal.name })
      if (made === undefined) {
        throw new Problem('RESOURCE_ALREADY_EXISTS', `Workspace '${name}' already exists.`)
      }
      await writeProperties(tx, made.key, properties)
      await seedRoles(tx, made.key, now)
      await startCounting(tx, made.key)
      const row = await findRow(tx, name)
      const workspace: Workspace = workspaceOf(row!)
      await prepare(tx, workspace)
      await makeOwner(tx, caller, workspace, now)
      await changes.change(tx, { workspace: made.key })
      await emit(tx, inIt(caller, workspace), {
        type: 'workspace.created',
        subject: `workspaces/${name}`,
        before: undefined,
        after: { name },
      } satisfies AccessEvent)
      const [details] = await detailsOf(tx, [row!])
      return details!
    })
  }
}

/** As whom a workspace hears of its own beginning: in the one that was asked, nobody need know that there is another. */
const inIt = (caller: Caller, workspace: Workspace): Caller =>
  Object.create(caller, { workspace: { value: workspace } })

/** Administrators need no role; whoever else may make workspaces owns those that they made. */
async function makeOwner(tx: Tx, { principal }: Caller, workspace: Workspace, now: number): Promise<void> {
  if (principal.key === undefined) return
  const account = await findPrincipalByKey(tx, principal.key)
  if (account?.isAdmin !== 0) return
  const role = await tx.first(ownerRoleOf, { workspace: workspace.key })
  await tx.run(insertAssignment, {
    workspace: workspace.key,
    principal: principal.key,
    role: role!.key,
    source: MANUAL,
    now,
    by: principal.name,
  })
}
