import { type Caller, invalid, must, Problem } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Workspaces } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { Loss } from '../workspace.ts'
import { dropMembers } from './drop-members.ts'
import { findNamed } from './find-named.ts'
import { holdWorkspace } from './hold-workspace.ts'
import { lossesInWords, lossesOf } from './losses-of.ts'
import { takeWorkspace } from './take-workspace.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'
import { checkOwnName } from './workspace-name.ts'
import type { WorkspaceRow } from './workspace-rows.ts'

/** `#` is in no workspace's name, so the new one clashes with none. */
const bury = statement(
  'access.bury-workspace',
  (k: Kysely<AccessTables>, p: { workspace: number; buriedAs: string; name: string; now: number }) =>
    k
      .updateTable('workspaces')
      .set({ name: p.buriedAs, deleted_name: p.name, deleted_at: p.now })
      .where('workspace_key', '=', p.workspace),
)

export function makeDeleteWorkspace(deps: WorkspaceDeps): Workspaces['delete'] {
  const { db, residents } = deps
  return async function deleteWorkspace(caller, { name, confirm }) {
    checkOwnName(name, 'deleted')
    const { row, there } = await findNamed(deps, db.read, caller, name)
    must(there, 'workspace.manage')
    const losses = await db.scan((reads) => lossesOf(reads, residents, row.key))
    const onlyEmpty = typeof confirm !== 'string'
    if (!onlyEmpty && confirm !== name) throw notConfirmed(name, confirm, losses)
    const isGone = await db.inTx(async (tx) => {
      await deps.changes.turn(tx)
      await holdWorkspace(tx, row.key)
      await takeWorkspace(tx, row, 'not-archived')
      await deps.mayDelete?.(tx, row)
      if (onlyEmpty && !(await isEmpty(tx, deps, row.key))) return false
      await buryWorkspace(tx, deps, caller, row, losses)
      return true
    })
    if (!isGone) throw notEmpty(name, await db.scan((reads) => lossesOf(reads, residents, row.key)))
  }
}

async function isEmpty(tx: Tx, { residents }: WorkspaceDeps, workspace: number): Promise<boolean> {
  for (const each of residents) {
    if (!(await each.isEmpty(tx, workspace))) return false
  }
  return true
}

/** Takes the name and everybody's way in; rows and files of its things follow in slices. */
async function buryWorkspace(
  tx: Tx,
  { emit, clock, changes, wakeRemovals }: WorkspaceDeps,
  caller: Caller,
  { key, name }: WorkspaceRow,
  losses: readonly Loss[],
): Promise<void> {
  await tx.run(bury, { workspace: key, buriedAs: `${name}#${key}`, name, now: clock() })
  await dropMembers(tx, key)
  await emit(tx, caller, {
    type: 'workspace.deleted',
    subject: `workspaces/${name}`,
    before: { name },
    after: { lost: Object.fromEntries(losses.map(({ what, count }) => [what, count])) },
  } satisfies AccessEvent)
  // Its tokens and service accounts may be remembered under any account, in any workspace.
  await changes.change(tx, {})
  tx.afterCommit(wakeRemovals)
}

function notConfirmed(name: string, confirm: string, losses: readonly Loss[]): Problem {
  const lost = losses.length === 0 ? 'The workspace is empty.' : `It would lose ${lossesInWords(losses)}.`
  return invalid(
    `To delete the workspace '${name}' for good, 'confirm' must be its name (got '${confirm.slice(0, 100)}'). ${lost}`,
    `Give '${name}' as 'confirm'.`,
  )
}

/** MLflow's sentence. It answers with 500, which its clients repeat for minutes. */
function notEmpty(name: string, losses: readonly Loss[]): Problem {
  const { what, count } = losses[0] ?? { what: 'things', count: 1 }
  return new Problem(
    'INVALID_STATE',
    `Cannot delete workspace '${name}': table '${what.replaceAll(' ', '_')}' still contains ${count} resource(s). Remove or reassign them before deleting the workspace.`,
  )
}
