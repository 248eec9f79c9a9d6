import type { Caller, Permission, Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Changes } from '../changes.ts'
import type { Profile } from '../profile.ts'
import { buildProfile } from './build-profile.ts'
import { decide } from './decide.ts'
import { loadRights } from './load-rights.ts'
import { mustNotOutlive, outlives } from './outlives.ts'
import { type CallerFacts, leftToCredential, ProfiledCaller } from './profiled-caller.ts'

/** What accounts may do, resolved and remembered. */
export interface Profiles {
  /** Answers at once, and not by a promise, where it is remembered. An account that is not there may do nothing. */
  profileOf(principalKey: number, workspaceKey: number): Profile | Promise<Profile>

  /** Puts a request around a profile: the caller that verbs take. */
  callerOf(profile: Profile, facts: CallerFacts): Caller

  /**
   * Whether a caller may do something to all of a workspace, which need not be that of the request: MLflow's verbs about
   * workspaces, accounts and roles come at the root of the server. Never more than the credential allows. Not inside
   * a transaction.
   */
  mayIn(caller: Caller, permission: Permission, workspaceKey: number): Promise<boolean>

  /**
   * Who the caller is in another workspace, with all that their credential allows there and no more; undefined where they
   * have neither role nor grant, or the credential does not reach it: then there is no such workspace for them. Not
   * inside a transaction.
   *
   * @throws Outlives for a token that lives longer than the workspace allows
   */
  callerIn(caller: Caller, workspace: Workspace): Promise<Caller | undefined>
}

/** Whoever was remembered first goes first; a profile without grants takes 1 kB. */
const REMEMBERED_ACCOUNTS = 10_000

export function makeProfiles({ db, changes }: { db: Database; changes: Changes }): Profiles {
  const remembered = new Map<number, Map<number, Profile>>()
  const underWay = new Map<string, Promise<Profile>>()

  changes.onForget(({ principal, workspace }) => {
    underWay.clear()
    if (principal === undefined) {
      if (workspace === undefined) remembered.clear()
      else for (const byWorkspace of remembered.values()) byWorkspace.delete(workspace)
    } else if (workspace === undefined) remembered.delete(principal)
    else remembered.get(principal)?.delete(workspace)
  })

  function remember(profile: Profile): void {
    const { principalKey, workspaceKey } = profile
    let byWorkspace = remembered.get(principalKey)
    if (byWorkspace === undefined) {
      if (remembered.size >= REMEMBERED_ACCOUNTS) {
        for (const first of remembered.keys()) {
          remembered.delete(first)
          break
        }
      }
      byWorkspace = new Map()
      remembered.set(principalKey, byWorkspace)
    }
    byWorkspace.set(workspaceKey, profile)
  }

  async function load(principalKey: number, workspaceKey: number): Promise<Profile> {
    const moment = changes.moment()
    const rights = await db.scan((reads) => loadRights(reads, principalKey, workspaceKey))
    const profile = buildProfile(rights)
    if (changes.moment() === moment) remember(profile)
    return profile
  }

  /** Requests that come while the profile is read wait for one reading, but for none that began before a change. */
  function loadOnce(principalKey: number, workspaceKey: number): Promise<Profile> {
    const name = `${principalKey} ${workspaceKey}`
    const known = underWay.get(name)
    if (known !== undefined) return known
    const loading = load(principalKey, workspaceKey).finally(() => {
      if (underWay.get(name) === loading) underWay.delete(name)
    })
    underWay.set(name, loading)
    return loading
  }

  function profileOf(principalKey: number, workspaceKey: number): Profile | Promise<Profile> {
    const profile = changes.believes() ? remembered.get(principalKey)?.get(workspaceKey) : undefined
    return profile ?? loadOnce(principalKey, workspaceKey)
  }

  return {
    profileOf,

    callerOf: (profile, facts) => new ProfiledCaller(profile, facts),

    async mayIn(caller, permission, workspaceKey) {
      const { key } = caller.principal
      if (key === undefined) return caller.may(permission)
      if (!leftToCredential(caller, permission, workspaceKey)) return false
      const profile = await profileOf(key, workspaceKey)
      if (caller instanceof ProfiledCaller && outlives(caller.tokenLifeMs, profile)) return false
      return decide(profile, permission, undefined)
    },

    async callerIn(caller, workspace) {
      if (caller.workspace.key === workspace.key && !(caller instanceof ProfiledCaller)) return caller
      const { key } = caller.principal
      if (key === undefined || !(caller instanceof ProfiledCaller)) return { ...caller, workspace }
      if (!leftToCredential(caller, 'workspace.read', workspace.key)) return undefined
      const profile = await profileOf(key, workspace.key)
      if (!profile.isMember) return undefined
      mustNotOutlive(caller.tokenLifeMs, profile, workspace)
      return new ProfiledCaller(profile, { ...caller, workspace })
    },
  }
}
