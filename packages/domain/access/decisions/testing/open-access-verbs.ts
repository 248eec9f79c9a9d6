import { type Caller, countingIds, type ResourceKind, type Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { makeEmit, readEvents } from '../../../events/index.ts'
import { checkedEmit } from '../../../events/testing/checked-emit.ts'
import type { AccessTables } from '../../access-tables.ts'
import { localOwner } from '../../callers-without-account.ts'
import { makeChanges } from '../../changes.ts'
import { makeEnsureWorkspace } from '../../ensure-workspace.ts'
import { makeGrantVerbs } from '../../grants/make-grant-verbs.ts'
import { makePasswordHasher } from '../../passwords/hash-password.ts'
import { makePrincipals } from '../../principals/make-principals.ts'
import { makeRoles } from '../../roles/make-roles.ts'
import type { AccessVerbDeps } from '../access-verb-deps.ts'
import { makeExplain } from '../explain.ts'
import { findPrincipal } from '../find-principal.ts'
import { makeThings } from '../make-things.ts'
import { makeOwnership } from '../ownership.ts'
import type { CallerFacts } from '../profiled-caller.ts'
import { makeProfiles } from '../profiles.ts'

export const PASSWORD = 'correct horse battery'

/** Costs nothing: what a real hash costs is tested where it is made. */
const HASHER = makePasswordHasher({ logN: 4 })

/**
 * Principals, roles and grants over a fresh database, in two workspaces. Things are names that a test makes up; whoever
 * asks is a real account with a real profile.
 */
export async function openAccessVerbs(db: Database) {
  let time = 1_700_000_000_000
  const clock = () => time
  const ids = countingIds()
  const emit = checkedEmit(makeEmit({ clock, ids }))
  const changes = makeChanges({ db, clock })
  await changes.follow()
  const ensureWorkspace = makeEnsureWorkspace({ clock, ids })
  const [here, elsewhere] = await db.inTx(async (tx) => [
    await ensureWorkspace(tx, 'default'),
    await ensureWorkspace(tx, 'elsewhere'),
  ])
  const known = new Map<string, number>()
  const ofKind = (kind: ResourceKind) => ({
    find: async (_: unknown, workspaceKey: number, pattern: string) =>
      known.get(`${workspaceKey} ${kind} ${pattern}`),
    names: async (_: unknown, workspaceKey: number, keys: readonly number[]) => {
      const prefix = `${workspaceKey} ${kind} `
      const found = [...known].filter(([name, key]) => name.startsWith(prefix) && keys.includes(key))
      return new Map(found.map(([name, key]) => [key, name.slice(prefix.length)]))
    },
  })
  const things = makeThings({ experiment: ofKind('experiment'), model: ofKind('model') }, async () => [])
  const profiles = makeProfiles({ db, changes })
  const meter = { adjust: async () => {} }
  const deps: AccessVerbDeps = { db, emit, clock, changes, profiles, things, hasher: HASHER, meter }
  const principals = makePrincipals(deps)
  const roles = makeRoles(deps)
  const request = { requestId: 'test', address: '' }
  const root = localOwner(here, request)

  /** An account as it asks now: with what it holds at this moment. */
  async function as(
    name: string,
    workspace: Workspace = here,
    facts: Partial<CallerFacts> = {},
  ): Promise<Caller> {
    const found = await findPrincipal(db.read, name)
    if (found === undefined) throw new Error(`nobody is named ${name}`)
    const profile = await profiles.profileOf(found.key, workspace.key)
    return profiles.callerOf(profile, {
      workspace,
      principal: { kind: found.kind === 'service' ? 'service' : 'user', name: found.name, key: found.key },
      ...request,
      credential: { kind: 'password' },
      ...facts,
    })
  }

  async function roleKey(name: string, workspace: Workspace = here): Promise<number> {
    const [role] = (await roles.list(root, { workspaces: [workspace.name] })).filter(
      (role) => role.name === name,
    )
    if (role === undefined) throw new Error(`no role is named ${name}`)
    return role.key
  }

  const assign = async (principal: string, role: string, workspace: Workspace = here) =>
    roles.assign(root, { principal, roleKey: await roleKey(role, workspace) })

  return {
    deps,
    changes,
    profiles,
    principals,
    roles,
    grants: makeGrantVerbs(deps),
    explain: makeExplain(deps),
    ownership: makeOwnership({ changes, clock, soleWriter: db.can.soleWriter }),
    here,
    elsewhere,
    /** Who sits at the machine. */
    root,
    rootElsewhere: localOwner(elsewhere, request),
    as,
    roleKey,
    assign,
    /** A user who can sign in, with a role or without. */
    user: async (name: string, role?: string, workspace: Workspace = here) => {
      const made = await principals.create(root, { kind: 'user', name, password: PASSWORD })
      if (role !== undefined) await assign(name, role, workspace)
      return made
    },
    /** A thing of that name, and its key. */
    thing: (kind: ResourceKind, pattern: string, workspace: Workspace = here) => {
      const key = 1000 + known.size
      known.set(`${workspace.key} ${kind} ${pattern}`, key)
      return key
    },
    forgetThing: (kind: ResourceKind, pattern: string, workspace: Workspace = here) =>
      known.delete(`${workspace.key} ${kind} ${pattern}`),
    later: (ms: number) => {
      time += ms
    },
    rows: async <Table extends keyof AccessTables>(table: Table) => {
      const all = await db.read.tables<AccessTables>().selectFrom(table).selectAll().execute()
      return all as unknown as Record<string, unknown>[]
    },
    events: async () => {
      const events = await readEvents(db.read, 0, 10_000)
      return events.map(({ type, subject, before, after }) => ({ type, subject, before, after }))
    },
  }
}

export type AccessBed = Awaited<ReturnType<typeof openAccessVerbs>>
