import {
  type BuiltInRoleName,
  type Caller,
  type Credential,
  countingIds,
  type Permission,
  type Workspace,
} from '@orrery/base/kernel'
import type { Database, Reads, Tx } from '@orrery/drivers/db'
import { makeEmit, readEvents } from '../../events/index.ts'
import { checkedEmit } from '../../events/testing/checked-emit.ts'
import type { AccessTables } from '../access-tables.ts'
import { makeChanges } from '../changes.ts'
import { findPrincipal, foldName } from '../decisions/find-principal.ts'
import { makeProfiles } from '../decisions/profiles.ts'
import { makeEnsureWorkspace } from '../ensure-workspace.ts'
import { makeFindWorkspace } from '../find-workspace.ts'
import { makeCredentials } from '../make-credentials.ts'
import { makePasswordHasher } from '../passwords/hash-password.ts'
import { putPassword } from '../passwords/password-rows.ts'
import type { PrincipalKind } from '../principal.ts'
import { makePrincipals } from '../principals/make-principals.ts'

export const PASSWORD = 'correct horse battery'

/** Costs nothing: what a real hash costs is tested where it is made. */
export const HASHER = makePasswordHasher({ logN: 4 })

interface Account {
  readonly kind?: PrincipalKind
  readonly isAdmin?: boolean
  readonly password?: string
  readonly home?: Workspace
}

/**
 * What concerns credentials over a fresh database, in two workspaces; accounts are put there as rows.
 *
 * @param time shared by the servers of a test; one of its own if left out
 */
export async function openCredentials(db: Database, time = { now: 1_700_000_000_000 }) {
  const clock = () => time.now
  const ids = countingIds()
  const emit = checkedEmit(makeEmit({ clock, ids }))
  const changes = makeChanges({ db, clock })
  const ensureWorkspace = makeEnsureWorkspace({ clock, ids })
  const [here, elsewhere] = await db.inTx(async (tx) => [
    await ensureWorkspace(tx, 'default'),
    await ensureWorkspace(tx, 'elsewhere'),
  ])
  const counted = new Map<number, number>()
  const add = (workspace: number, amount: number) => {
    counted.set(workspace, (counted.get(workspace) ?? 0) + amount)
  }
  const meter = {
    count: async (_tx: Tx, { workspace }: Caller, _what: 'tokens', amount: number) =>
      add(workspace.key, amount),
    adjust: async (_tx: Tx, workspace: number, _what: 'tokens', amount: number) => add(workspace, amount),
  } as never
  const runningRuns = new Set<number>()
  const profiles = makeProfiles({ db, changes })
  const deps = {
    ...{ db, clock, ids, emit, changes, meter, profiles, hasher: HASHER },
    findWorkspace: makeFindWorkspace({ db, changes }),
    running: async (_reads: Reads, runs: readonly number[]) => runs.filter((run) => runningRuns.has(run)),
  }
  const credentials = makeCredentials(deps)

  async function account(
    name: string,
    { kind = 'user', isAdmin, password, home }: Account = {},
  ): Promise<number> {
    const now = clock()
    const hash = password === undefined ? undefined : await HASHER.hash(password, '')
    return db.inTx(async (tx) => {
      const tables = tx.tables<AccessTables>()
      const { key } = await tables
        .insertInto('principals')
        .values({
          kind,
          name,
          folded_name: foldName(name),
          display_name: '',
          email: '',
          home_workspace_key: home?.key ?? null,
          is_admin: isAdmin === true ? 1 : 0,
          disabled_at: null,
          stamp: 0,
          created_at: now,
          created_by: '',
          updated_at: now,
          last_seen_at: null,
        })
        .returning('principal_key as key')
        .executeTakeFirstOrThrow()
      if (hash !== undefined) await tx.run(putPassword, { principal: key, hash, now })
      return key
    })
  }

  /** Who asks in a test: an account with the permissions that are named, or all of them. */
  async function callerOf(
    name: string,
    more: {
      workspace?: Workspace
      may?: readonly Permission[]
      credential?: Credential
      confinement?: Caller['confinement']
    } = {},
  ): Promise<Caller> {
    const found = await findPrincipal(db.read, name)
    const { workspace = here, may, credential, confinement } = more
    return {
      workspace,
      principal: { kind: found!.kind as 'user', name: found!.name, key: found!.key },
      requestId: 'test',
      address: '10.0.0.1',
      ...(credential === undefined ? {} : { credential }),
      ...(confinement === undefined ? {} : { confinement }),
      may: (permission) => may?.includes(permission) ?? true,
      readable: () => ({ kind: 'all' }),
    }
  }

  return {
    ...credentials,
    principals: makePrincipals({ ...deps, things: {} as never }),
    profiles,
    /** The keys of the runs that are running. */
    runningRuns,
    /** Gives an account a built-in role. */
    assign: (principal: number, { key }: Workspace, role: BuiltInRoleName) =>
      db.inTx(async (tx) => {
        const tables = tx.tables<AccessTables>()
        const { role_key } = await tables
          .selectFrom('roles')
          .select('role_key')
          .where('workspace_key', '=', key)
          .where('name', '=', role)
          .executeTakeFirstOrThrow()
        const row = {
          workspace_key: key,
          principal_key: principal,
          role_key,
          source: 'manual',
          created_at: 0,
          created_by: '',
        }
        await tables.insertInto('role_assignments').values(row).execute()
        await changes.change(tx, { principal, workspace: key })
      }),
    /** Notes that a credential created a run. */
    created: (token: number, run: number) =>
      db.inTx(async (tx) => {
        await tx
          .tables<AccessTables>()
          .insertInto('token_runs')
          .values({ token_key: token, run_key: run, created_at: 0 })
          .execute()
      }),
    here,
    elsewhere,
    changes,
    account,
    callerOf,
    /** How many tokens the meter counts in a workspace. */
    countedIn: ({ key }: Workspace) => counted.get(key) ?? 0,
    /** Lets time pass. */
    later: (ms: number) => {
      time.now += ms
    },
    now: clock,
    /** Changes a row of an account, as others do. */
    alter: (key: number, columns: Partial<Record<'stamp' | 'disabled_at', number>>) =>
      db.inTx(async (tx) => {
        await tx
          .tables<AccessTables>()
          .updateTable('principals')
          .set({ updated_at: clock(), ...columns })
          .where('principal_key', '=', key)
          .execute()
        await changes.change(tx, { principal: key })
      }),
    rows: async <Table extends keyof AccessTables>(table: Table) => {
      const all = await db.read.tables<AccessTables>().selectFrom(table).selectAll().execute()
      return all as unknown as Record<string, unknown>[]
    },
    events: async () =>
      (await readEvents(db.read, 0, 1000)).map(({ type, subject, before, after, actor }) => ({
        type,
        subject,
        before,
        after,
        actor,
      })),
  }
}
