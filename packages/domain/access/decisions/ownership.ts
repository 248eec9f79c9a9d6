import type { Clock } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Changes } from '../changes.ts'
import type { GrantKind } from '../grant.ts'
import type { Ownership } from '../seams.ts'
import { shareWorkspace } from '../workspaces/hold-workspace.ts'
import { grantKindsOf } from './levels.ts'

const giveManage = statement(
  'access.give-manage',
  (
    k: Kysely<AccessTables>,
    p: { workspace: number; principal: number; kind: GrantKind; target: number; now: number; by: string },
  ) =>
    k
      .insertInto('grants')
      .values({
        workspace_key: p.workspace,
        principal_key: p.principal,
        role_key: 0,
        kind: p.kind,
        target: p.target,
        level: 'MANAGE',
        permission: '',
        effect: 'allow',
        of_maker: 1,
        created_at: p.now,
        created_by: p.by,
      })
      .onConflict((clash) => clash.doNothing()),
)

const dropOnThing = statement(
  'access.drop-grants-on-thing',
  (k: Kysely<AccessTables>, p: { workspace: number; kind: GrantKind; target: number }) =>
    k
      .deleteFrom('grants')
      .where('workspace_key', '=', p.workspace)
      .where('kind', '=', p.kind)
      .where('target', '=', p.target)
      .where('target', '<>', sql.lit(0)),
)

const keepRun = statement(
  'access.keep-run-of-token',
  (k: Kysely<AccessTables>, p: { token: number; run: number; now: number }) =>
    k.insertInto('token_runs').values({ token_key: p.token, run_key: p.run, created_at: p.now }),
)

/**
 * Keeps the rights on things that other modules make and remove. Creating something concerns its maker only, so of what
 * is remembered one profile is read anew.
 *
 * @param onRunCreated called after the commit with the key of the token that may now reach one run more
 */
export function makeOwnership({
  changes,
  clock,
  soleWriter,
  onRunCreated = () => {},
}: {
  changes: Changes
  /** Whether nobody else writes (`db.can.soleWriter`). */
  soleWriter: boolean
  clock: Clock
  onRunCreated?: (tokenKey: number) => void
}): Ownership {
  return {
    async created(tx, caller, { kind, key }) {
      const { principal, workspace } = caller
      // The turn before the workspace, as whoever deletes it does.
      if (principal.key !== undefined) {
        await changes.change(tx, { principal: principal.key, workspace: workspace.key })
      }
      if (!soleWriter) await shareWorkspace(tx, workspace)
      if (principal.key === undefined) return
      await tx.run(giveManage, {
        workspace: workspace.key,
        principal: principal.key,
        kind: grantKindsOf(kind)[0],
        target: key,
        now: clock(),
        by: principal.name,
      })
    },

    async removed(tx, caller, { kind, key }) {
      await changes.turn(tx)
      let dropped = 0
      for (const name of grantKindsOf(kind)) {
        dropped += await tx.run(dropOnThing, { workspace: caller.workspace.key, kind: name, target: key })
      }
      if (dropped > 0) await changes.change(tx, { workspace: caller.workspace.key })
    },

    async runCreated(tx, caller, runKey) {
      const { credential } = caller
      if (credential?.key === undefined) return
      if (credential.kind !== 'tracking' && credential.kind !== 'run') return
      const token = credential.key
      await tx.run(keepRun, { token, run: runKey, now: clock() })
      tx.afterCommit(() => onRunCreated(token))
    },
  }
}
