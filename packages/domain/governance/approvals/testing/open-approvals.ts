import type { Caller, Credential, Permission, Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { isAmong, makePersonsBehind, makeServerIn, whoIsNamed, whoMay } from '../../../access/index.ts'
import { openCredentials } from '../../../access/testing/open-credentials.ts'
import { makeApprovedChanges, makeRegistry } from '../../../registry/index.ts'
import { makeCallRegistry } from '../../../registry/testing/call-registry.ts'
import { openRegistry, TEST_MIGRATIONS } from '../../../registry/testing/open-registry.ts'
import type { Call } from '../../../registry/testing/plain-registry.ts'
import { governanceMigrations } from '../../index.ts'
import type { ApprovalDeps } from '../approval-deps.ts'
import { makeApprovalGate } from '../approval-gate.ts'
import { makeExpireDue } from '../expire-due.ts'
import { makeApprovals } from '../make-approvals.ts'

export const APPROVAL_MIGRATIONS = [...TEST_MIGRATIONS, governanceMigrations]

interface AccessRows {
  principals: { principal_key: number; created_by: string; disabled_at: number | null; stamp: number }
  group_members: { group_key: number; member_key: number; source: string }
  tokens: Record<string, unknown>
}

/**
 * The registry with its policy asked, in two workspaces, over a fresh database. People are ada, bob and eve, who may do
 * everything here; `may` takes some of that from them.
 */
export async function openApprovals(db: Database, given: { readonly hasAccounts?: boolean } = {}) {
  const { hasAccounts = true } = given
  const bed = await openRegistry(db)
  const people = await openCredentials(db)
  const keys = new Map<string, number>()
  for (const name of ['ada', 'bob', 'eve']) keys.set(name, await people.account(name))
  const deps: ApprovalDeps = {
    ...bed.deps,
    hasAccounts,
    approvedChanges: makeApprovedChanges(bed.deps),
    personsBehind: makePersonsBehind(bed.deps),
    isAmong,
    whoIsNamed,
    whoMay,
    serverIn: makeServerIn({ db }),
  }
  const gate = makeApprovalGate(deps)
  const bound = { ...bed.deps, policy: { ask: gate } }
  let tokens = 0

  const rows = <T>(write: (tables: Kysely<AccessRows>) => Promise<T>) =>
    db.inTx((tx) => write(tx.tables<AccessRows>()))

  async function group(name: string, members: readonly string[]) {
    const key = await people.account(name, { kind: 'group' })
    keys.set(name, key)
    for (const member of members) {
      const row = { group_key: key, member_key: keys.get(member)!, source: 'manual' }
      await rows((tables) => tables.insertInto('group_members').values(row).execute())
    }
    return key
  }

  return {
    ...bed,
    deps,
    registryDeps: bed.deps,
    /** The same means without a policy, to put things where a test wants them. */
    free: makeCallRegistry(bed.deps),
    call: makeCallRegistry(bound),
    registry: makeRegistry(bound),
    approvals: makeApprovals(deps),
    expireDue: makeExpireDue(deps),
    assign: people.assign,
    /** A model with versions of these stages, numbered from 1, and aliases. */
    async model(
      name: string,
      stages: readonly string[],
      aliases: Readonly<Record<string, number>> = {},
      caller = bed.here,
    ) {
      const free = makeCallRegistry(bed.deps)
      await free(caller, { verb: 'create', name, description: undefined, isPrompt: undefined })
      for (const [at, stage] of stages.entries()) {
        await free(caller, { verb: 'addVersion', name })
        const move: Call = { verb: 'transition', name, version: `${at + 1}`, stage, archive: false }
        if (stage !== 'None') await free(caller, move)
      }
      for (const [alias, version] of Object.entries(aliases)) {
        await free(caller, { verb: 'setAlias', name, alias, version: `${version}` })
      }
    },
    /** Somebody asks, with a reason. */
    async as(
      name: string,
      more: {
        readonly workspace?: Workspace
        readonly may?: readonly Permission[]
        readonly credential?: Credential
        readonly reason?: string
        readonly readable?: Caller['readable']
      } = {},
    ): Promise<Caller> {
      const { reason = `${name} says so`, readable, ...rest } = more
      const caller = await people.callerOf(name, { workspace: bed.here.workspace, ...rest })
      return { ...caller, reason, ...(readable === undefined ? {} : { readable }) }
    },
    /** A service account. @param maker an account by its name, or nobody's */
    async service(name: string, maker: string) {
      const key = await people.account(name, { kind: 'service', home: bed.here.workspace })
      keys.set(name, key)
      await rows((tables) =>
        tables
          .updateTable('principals')
          .set({ created_by: maker })
          .where('principal_key', '=', key)
          .execute(),
      )
    },
    group,
    keyOf: (name: string) => keys.get(name)!,
    /** A token of an account that somebody made. @returns takes it away */
    async token(of: string, maker: string, endsInMs: number) {
      const token_id = `token-${++tokens}`
      const now = bed.deps.clock()
      await rows((tables) =>
        tables
          .insertInto('tokens')
          .values({
            ...{ token_id, hash: token_id, kind: 'service', name: '', shown: '', stamp: 0 },
            principal_key: keys.get(of)!,
            workspace_key: bed.here.workspace.key,
            ...{ all_workspaces: 0, read_only: 0, run_key: null, run_id: null },
            ...{ created_at: now, created_by: maker, last_used_at: null, last_used_from: null },
            ...{ expires_at: now + endsInMs, ends_at: now + endsInMs },
          })
          .execute(),
      )
      return () => rows((tables) => tables.deleteFrom('tokens').where('token_id', '=', token_id).execute())
    },
    /** Deletes an account and makes one of the same name, or a group with these members. */
    async replace(name: string, members?: readonly string[]) {
      const key = keys.get(name)!
      await rows((tables) => tables.deleteFrom('group_members').where('group_key', '=', key).execute())
      await rows((tables) => tables.deleteFrom('principals').where('principal_key', '=', key).execute())
      if (members !== undefined) return group(name, members)
      keys.set(name, await people.account(name))
    },
    disable: (name: string) =>
      rows((tables) =>
        tables
          .updateTable('principals')
          .set({ disabled_at: 1 })
          .where('principal_key', '=', keys.get(name)!)
          .execute(),
      ),
    /** Of models, as type, subject, actor, reason, after. */
    told: async () =>
      (await bed.events()).map(({ type, subject, actor, reason, after }) => ({
        ...{ type, subject, actor, reason, after },
      })),
    [Symbol.asyncDispose]: bed[Symbol.asyncDispose],
  }
}

export type ApprovalBed = Awaited<ReturnType<typeof openApprovals>>
