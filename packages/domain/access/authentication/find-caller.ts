import { hash } from 'node:crypto'
import { type Caller, type Clock, type Confinement, Problem, type Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Changes } from '../changes.ts'
import type { Asking, Authentication } from '../credentials.ts'
import { mustNotOutlive } from '../decisions/outlives.ts'
import type { Profiles } from '../decisions/profiles.ts'
import { DEFAULT_WORKSPACE } from '../ensure-workspace.ts'
import { noWorkspaceNamed, workspaceByName } from '../find-workspace.ts'
import type { Profile } from '../profile.ts'
import type { Believed } from './believed.ts'
import { type Confine, isConfined } from './confine.ts'
import type { LastUses } from './last-uses.ts'
import { noneNamed } from './none-named.ts'
import type { Found, Recognise } from './recognise.ts'
import type { Recognised, TokenFacts } from './recognised.ts'
import { noCredential, unauthenticated } from './unauthenticated.ts'

export interface FindCallerDeps {
  readonly db: Database
  readonly clock: Clock
  readonly changes: Pick<Changes, 'moment'>
  readonly profiles: Pick<Profiles, 'profileOf' | 'callerOf'>
  readonly findWorkspace: (name: string) => Workspace | Promise<Workspace>
  readonly believed: Believed
  readonly recognise: Recognise
  readonly confine: Confine
  readonly uses: LastUses
}

/** Who asks; see `Authentication.findCaller`. */
export function makeFindCaller(deps: FindCallerDeps): Authentication['findCaller'] {
  const { db, clock, changes, profiles, findWorkspace, believed, recognise, confine, uses } = deps
  const underWay = new Map<string, Promise<Found | undefined>>()

  /** Of the same credential at once, one is looked up: but never one for another that began after a change. */
  function lookUpOnce(place: string, asking: Asking): Promise<Found | undefined> {
    const name = `${changes.moment()} ${place}`
    const known = underWay.get(name)
    if (known !== undefined) return known
    const looking = recognise(asking, believed.wasGood(place)).finally(() => underWay.delete(name))
    underWay.set(name, looking)
    return looking
  }

  async function admitUnknown(place: string, asking: Asking, welcome: Welcome): Promise<Caller> {
    const found = await lookUpOnce(place, asking)
    if (found === undefined) throw unauthenticated()
    believed.keep(place, found.recognised, found.moment)
    return admit(found.recognised, asking, welcome)
  }

  function admit(recognised: Recognised, asking: Asking, welcome: Welcome): Caller | Promise<Caller> {
    const now = clock()
    recognised.seenAt = now
    uses.note(recognised, now, asking.address)
    const { token, principal } = recognised
    if (token !== undefined && isConfined(token, now))
      return admitConfined(recognised, token, asking, welcome)
    const workspace = findWorkspace(asking.workspace ?? DEFAULT_WORKSPACE)
    if (workspace instanceof Promise) {
      return admitSlowly(recognised, asking, welcome, { finding: workspace, wasKnown: false })
    }
    const profile = profiles.profileOf(principal.key, workspace.key)
    if (profile instanceof Promise || !isWelcome(recognised, profile, asking, welcome)) {
      return admitSlowly(recognised, asking, welcome, { finding: workspace, wasKnown: true })
    }
    mustNotOutlive(token?.lifeMs, profile, workspace)
    return callerOf(recognised, workspace, profile, asking, undefined)
  }

  async function admitConfined(
    recognised: Recognised,
    token: TokenFacts,
    asking: Asking,
    welcome: Welcome,
  ): Promise<Caller> {
    const confinement = await confine(token)
    const finding = findWorkspace(asking.workspace ?? DEFAULT_WORKSPACE)
    const wasKnown = !(finding instanceof Promise)
    return admitSlowly(recognised, asking, welcome, { finding, wasKnown }, confinement)
  }

  async function admitSlowly(
    recognised: Recognised,
    asking: Asking,
    welcome: Welcome,
    { finding, wasKnown }: { finding: Workspace | Promise<Workspace>; wasKnown: boolean },
    confinement?: Confinement,
  ): Promise<Caller> {
    const { principal } = recognised
    const name = asking.workspace ?? DEFAULT_WORKSPACE
    let workspace: Workspace
    try {
      workspace = await finding
    } catch (error) {
      // The same questions as where there is one of which nothing is told: the time tells nothing either.
      if (isAbsent(error)) await profiles.profileOf(principal.key, keyOfNothing(name))
      throw error
    }
    const profile = await profiles.profileOf(principal.key, workspace.key)
    if (isWelcome(recognised, profile, asking, welcome)) {
      mustNotOutlive(recognised.token?.lifeMs, profile, workspace)
      return callerOf(recognised, workspace, profile, asking, confinement)
    }
    if (asking.workspace === undefined) throw await noneNamed(deps, recognised)
    if (wasKnown) await db.read.first(workspaceByName, { name })
    throw noWorkspaceNamed(name)
  }

  function callerOf(
    { principal, credential, token }: Recognised,
    workspace: Workspace,
    profile: Profile,
    { requestId, address, reason }: Asking,
    confinement: Confinement | undefined,
  ): Caller {
    return profiles.callerOf(profile, {
      workspace,
      principal,
      requestId,
      address,
      reason,
      credential,
      confinement,
      tokenLifeMs: token?.lifeMs,
    })
  }

  return function findCaller(asking, welcome) {
    const { authorization, session } = asking
    // A header that is there counts, good or bad: the cookie is not looked at behind it.
    if (authorization === undefined && session === undefined) throw noCredential()
    const place =
      authorization === undefined
        ? believed.placeOf('session', session!)
        : believed.placeOf('authorization', authorization)
    const known = believed.get(place, clock())
    return known === undefined ? admitUnknown(place, asking, welcome) : admit(known, asking, welcome)
  }
}

type Welcome = 'members' | 'anyone'

/**
 * Whoever is no member is at most welcome at the root, where nobody has named a workspace; there they may do nothing. A
 * token for one workspace is welcome nowhere else.
 */
function isWelcome(
  { credential }: Recognised,
  { isMember, workspaceKey }: Profile,
  asking: Asking,
  welcome: Welcome,
): boolean {
  if (credential.onlyIn !== undefined && credential.onlyIn !== workspaceKey) return false
  return isMember || (welcome === 'anyone' && asking.workspace === undefined)
}

const isAbsent = (error: unknown) => error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST'

const NOTHINGS = 1024

/** The key of no workspace: one of some, so that what is remembered of them is bounded. */
const keyOfNothing = (name: string) =>
  -1 - (Number.parseInt(hash('sha256', name, 'hex').slice(0, 8), 16) % NOTHINGS)
