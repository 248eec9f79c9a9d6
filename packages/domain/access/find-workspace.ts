import { Problem, type Workspace } from '@orrery/base/kernel'
import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from './access-tables.ts'
import type { Changes } from './changes.ts'
import { workspaceOf } from './workspaces/workspace-rows.ts'

export const workspaceByName = statement(
  'access.workspace-by-name',
  (k: Kysely<AccessTables>, p: { name: string }) =>
    k
      .selectFrom('workspaces')
      .select([
        'workspace_key as key',
        'name',
        'default_artifact_root as defaultArtifactRoot',
        'archived_at as archivedAt',
      ])
      .where('name', '=', p.name)
      .where('deleted_at', 'is', null),
)

/** The one sentence for a workspace that is not there and for one that does not exist for whoever asks. */
export function noWorkspaceNamed(name: string): Problem {
  return new Problem('RESOURCE_DOES_NOT_EXIST', `No workspace is named '${name}'.`, {
    hint:
      name === 'default'
        ? "Name a workspace that you belong to, in the address as '/workspaces/<name>'."
        : "Leave the workspace out of the address to reach 'default'.",
  })
}

/**
 * Throws RESOURCE_DOES_NOT_EXIST with the next step. Answers at once, and not by a promise, where it can.
 *
 * What was found is remembered until the workspace changes or is deleted: asked anew for each request it took 7 % of the
 * time of `log-metric` on SQLite, since every commit empties the page cache of the read connection, and a round trip on
 * PostgreSQL.
 */
export function makeFindWorkspace({
  db,
  changes,
}: {
  db: Database
  changes: Pick<Changes, 'onForget' | 'moment' | 'believes'>
}) {
  const known = new Map<string, Workspace>()

  changes.onForget(({ principal, workspace }) => {
    if (workspace === undefined) {
      if (principal === undefined) known.clear()
      return
    }
    // What an account may do there says nothing of the workspace, but these are few and looked up in microseconds.
    for (const [name, { key }] of known) if (key === workspace) known.delete(name)
  })

  async function look(name: string): Promise<Workspace> {
    const before = changes.moment()
    const row = await db.read.first(workspaceByName, { name })
    if (row === undefined) throw noWorkspaceNamed(name)
    const workspace = workspaceOf(row)
    if (changes.moment() === before) known.set(name, workspace)
    return workspace
  }

  return function findWorkspace(name: string): Workspace | Promise<Workspace> {
    const workspace = changes.believes() ? known.get(name) : undefined
    return workspace ?? look(name)
  }
}
