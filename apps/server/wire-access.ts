import type { Clock, IdSource } from '@orrery/base/kernel'
import {
  type Access,
  DEFAULT_WORKSPACE,
  hasAdministrator,
  localOwner,
  type makeAccess,
  makeCredentials,
  makeExplain,
  makeGrantVerbs,
  type makeMeter,
  makePrincipals,
  makeQuotas,
  makeRoles,
  makeThings,
  makeWorkOffWorkspaces,
  makeWorkspaces,
  type PasswordHasher,
  type Residents,
  type WorkspaceDeps,
} from '@orrery/domain/access'
import type { Emit } from '@orrery/domain/events'
import { findModelKey, modelNames } from '@orrery/domain/registry'
import {
  checkArtifactLocation,
  experimentNames,
  findExperimentKey,
  runningRuns,
} from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import type { Logger } from 'pino'
import { type FindCaller, makeFindAccount } from './http/kit/index.ts'
import type { SignInMeans } from './http/sign-in/sign-in-means.ts'
import { makeProvider } from './http/sign-on/provider.ts'
import { startAccessWork } from './loops/access.ts'
import { startWorkspaceRemovals } from './loops/workspace-removals.ts'
import type { SignOnSettings } from './sign-on-settings.ts'

/** How the server deals with accounts, for whoever starts it. */
export interface Accounts {
  /** Whether everybody is asked who they are. */
  readonly asked: boolean
  /** Whether there is an administrator. */
  readonly exist: boolean
  /** The secret of the link to `/setup`; only where accounts are asked for and there is no administrator. */
  readonly setupLink: string | undefined
}

/** Everything of access that routes are bound to. */
export type AccessVerbs = Omit<Access, 'authentication' | 'setup'>

export interface WiredAccess {
  readonly verbs: AccessVerbs
  readonly signIn: Omit<SignInMeans, 'basePath' | 'clock'>
  readonly findCaller: FindCaller
  readonly accounts: Accounts
  /** Learns at once what other servers have changed. */
  readonly follow: () => Promise<void>
  /** Ends what is done in the background. */
  close(): Promise<void>
}

/** Ties requests to accounts, or to the owner of this machine where they are not asked for. */
export async function wireAccess(
  given: {
    readonly db: Database
    readonly clock: Clock
    readonly ids: IdSource
    readonly hasher: PasswordHasher
    readonly emit: Emit
    readonly meter: ReturnType<typeof makeMeter>
    readonly access: ReturnType<typeof makeAccess>
    readonly residents: readonly Residents[]
    /** How providers of sign-on are called; left out: as Node does. */
    readonly fetch?: typeof fetch | undefined
    /** Puts into a new workspace what every workspace has. */
    readonly prepare: WorkspaceDeps['prepare']
    readonly mayDelete: NonNullable<WorkspaceDeps['mayDelete']>
  },
  { auth, signOn: provider }: { readonly auth: boolean; readonly signOn?: SignOnSettings | undefined },
  log: Logger,
): Promise<WiredAccess> {
  const { db, access } = given
  const { authentication, setup, resets, passwords, tokens, sessions, signOn } = makeCredentials({
    ...given,
    ...access,
    running: runningRuns,
  })
  const removals = startWorkspaceRemovals(makeWorkOffWorkspaces(given), log)
  const things = makeThings(
    {
      experiment: { find: findExperimentKey, names: experimentNames },
      model: { find: findModelKey, names: modelNames },
    },
    runningRuns,
  )
  const deps = { ...given, ...access, things }
  const workspaces = makeWorkspaces({
    ...deps,
    callerIn: access.profiles.callerIn,
    checkLocation: checkArtifactLocation,
    wakeRemovals: removals.wake,
  })
  const follows = !db.can.soleWriter
  // Before the first request: what is remembered is believed from then on.
  if (follows) await authentication.follow()
  const { tidy } = authentication
  const stopWork = startAccessWork(follows ? { follow: authentication.follow, tidy } : { tidy }, log)
  return {
    verbs: {
      workspaces,
      quotas: makeQuotas(given),
      principals: makePrincipals(deps),
      roles: makeRoles(deps),
      grants: makeGrantVerbs(deps),
      explain: makeExplain(deps),
      passwords,
      tokens,
      sessions,
      signOn,
    },
    signIn: {
      ...{ asked: auth, authentication, sessions, setup, resets },
      signOn: provider && {
        verbs: signOn,
        provider: makeProvider(provider, log, given.clock, given.fetch),
        mayCreate: provider.mayCreate,
      },
    },
    follow: authentication.follow,
    findCaller: auth ? makeFindAccount(authentication) : findLocalOwner(access.findWorkspace),
    accounts: {
      asked: auth,
      exist: await hasAdministrator(db.read),
      setupLink: auth ? await setup.begin() : undefined,
    },
    async close() {
      await Promise.all([stopWork(), removals.stop()])
    },
  }
}

/** Where there are no accounts, whoever reaches the server is its owner. */
function findLocalOwner(findWorkspace: ReturnType<typeof makeAccess>['findWorkspace']): FindCaller {
  return (asking) => {
    const found = findWorkspace(asking.workspace ?? DEFAULT_WORKSPACE)
    return found instanceof Promise
      ? found.then((workspace) => localOwner(workspace, asking))
      : localOwner(found, asking)
  }
}
