import { type Clock, type IdSource, randomIds, systemClock } from '@orrery/base/kernel'
import {
  DEFAULT_WORKSPACE,
  ensureSigningKey,
  makeAccess,
  makeFindSigner,
  makeMeasureUsage,
  makeMeter,
  makeOwnerCaller,
  makePasswordHasher,
  type PasswordHasher,
} from '@orrery/domain/access'
import { makeSubscriptionResidents } from '@orrery/domain/events'
import {
  findVersionFolder,
  makeRegistry,
  makeRegistryResidents,
  makeSweepClaims,
  makeVersionFiles,
  makeWorkOffRegistryRemovals,
} from '@orrery/domain/registry'
import {
  makeArtifacts,
  makeGrants,
  makeResidents,
  makeTracking,
  makeWorkOffRemovals,
  runningRuns,
} from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { Database } from '@orrery/drivers/db'
import type { Egress, Mailer } from '@orrery/drivers/egress'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { makeHttp, makeOrigins, makePublicAddress, makeSlowBodies } from './http/kit/index.ts'
import { makeAddresses } from './http/mlflow/artifact-addresses.ts'
import { makeServerMetrics } from './http/system/server-metrics.ts'
import { startCollecting } from './loops/collecting.ts'
import { startRemovals } from './loops/removals.ts'
import { allRoutes } from './routes.ts'
import type { Settings } from './settings.ts'
import type { SignOnSettings } from './sign-on-settings.ts'
import { type Accounts, wireAccess } from './wire-access.ts'
import { wireApprovals } from './wire-approvals.ts'
import { wireDeliveries } from './wire-deliveries.ts'
import { wireEvents } from './wire-events.ts'
import { mustNotBeHeld, wireGovernance, wirePolicy } from './wire-governance.ts'

/** The outside world as the workspace sees it. */
export interface Drivers {
  readonly db: Database
  readonly store: ArtifactStore
  /** @default systemClock */
  readonly clock?: Clock
  /** @default randomIds */
  readonly ids?: IdSource
  /** @default one of the cost that passwords need, 0.3 s each */
  readonly hasher?: PasswordHasher
  /** Left out: the server calls nobody. */
  readonly egress?: Egress
  /** Left out: there is no e-mail. */
  readonly mailer?: Mailer | undefined
}

/** The workspace, wired and ready to listen. */
export interface Wired {
  readonly http: FastifyInstance
  readonly accounts: Accounts
  /** Resolves when everything that was committed before is told. */
  settle(): Promise<void>
  /** Lets requests and background work finish. The drivers stay open. */
  close(): Promise<void>
}

/** What wiring needs to know of the settings. */
export type WireSettings = Pick<
  Settings,
  'auth' | 'home' | 'basePath' | 'trustProxy' | 'host' | 'allowedHosts' | 'corsAllowedOrigins'
> &
  Partial<Pick<Settings, 'publicUrl' | 'secretKey' | 'deletedLogDays'>> & {
    readonly signOn?: SignOnSettings | undefined
  }

/** An import says every so often that it goes on; one that has not for so long is dead. */
const IMPORT_DEAD_AFTER_MS = 86_400_000

/** Ties verbs to drivers and routes to verbs. The schema is up to date. */
export async function wire(drivers: Drivers, settings: WireSettings, log: Logger): Promise<Wired> {
  const { db, store, clock = systemClock, ids = randomIds, hasher = makePasswordHasher() } = drivers
  const access = makeAccess({ db, clock })
  const publicUrl = settings.publicUrl ?? settings.basePath
  // Streams are opened by requests, so there are accounts by then.
  const refresh = () => follow()
  const events = await wireEvents({ db, clock, ids, publicUrl, refresh }, log)
  const { emit } = events
  const approving = wireApprovals({ db, emit, clock, ids, hasAccounts: settings.auth }, log)
  const policy = wirePolicy(approving.gate)
  const key = await db.inTx((tx) => ensureSigningKey(tx, 'artifact addresses'))
  const grants = makeGrants({ key, clock })
  const meter = makeMeter({ db, emit })
  const artifacts = makeArtifacts({
    db,
    emit,
    clock,
    store,
    grants,
    meter,
    holds: policy,
    findVersionFolder,
    versionFiles: makeVersionFiles({ db, store }),
    findWorkspace: access.findWorkspace,
    findSigner: settings.auth ? makeFindSigner({ db, clock, ...access, running: runningRuns }) : undefined,
  })
  const workOff = makeWorkOffRemovals({ db, meter, removeFiles: artifacts.deleteArtifactsOf })
  const removals = startRemovals(workOff, log)
  const trackingDeps = {
    db,
    emit,
    clock,
    ids,
    wakeRemovals: removals.wake,
    ownership: access.ownership,
    meter,
    policy,
  }
  const tracking = makeTracking(trackingDeps)
  const workOffRegistry = makeWorkOffRegistryRemovals({ db, removeFiles: artifacts.deleteArtifactsOf })
  const registryRemovals = startRemovals(workOffRegistry, log)
  const wakeRemovals = registryRemovals.wake
  const registry = makeRegistry({
    db,
    emit,
    clock,
    ids,
    store,
    wakeRemovals,
    meter,
    ownership: access.ownership,
    policy,
  })
  await db.inTx(async (tx) => {
    const { key } = await access.ensureWorkspace(tx, DEFAULT_WORKSPACE)
    await tracking.experiments.ensureDefault(tx, key)
  })
  // The registry first: its rows name runs and files of tracking.
  const residents = [
    makeSubscriptionResidents({ db }),
    makeRegistryResidents({ db }),
    makeResidents({ db, store }),
  ]
  await makeMeasureUsage({ db, residents })()
  const { findCaller, accounts, verbs, signIn, follow, ...accessWork } = await wireAccess(
    {
      db,
      clock,
      ids,
      hasher,
      emit,
      meter,
      access,
      residents,
      mayDelete: mustNotBeHeld,
      fetch: drivers.egress?.fetch,
      prepare: (tx, { key, artifactRoot }) => tracking.experiments.ensureDefault(tx, key, artifactRoot),
    },
    settings,
    log,
  )
  const governance = wireGovernance(
    {
      ...{ db, emit, clock, ids, log: events.log, settle: events.settle, home: settings.home },
      tracking: { ...trackingDeps, removeFiles: artifacts.deleteArtifactsOf },
      deletedLogDays: settings.deletedLogDays,
    },
    log,
  )
  const deliveries = await wireDeliveries(
    {
      ...{ db, emit, clock, ids, log: events.log, publicUrl, secretKey: settings.secretKey },
      egress: drivers.egress,
      mailer: drivers.mailer,
      callerOf: makeOwnerCaller({ db, ...access, asked: settings.auth }),
    },
    log,
  )
  const metrics = makeServerMetrics(() => db.unanswered)
  const slowBodies = makeSlowBodies(clock)
  const { basePath } = settings
  const publicAddress = makePublicAddress(basePath)
  const http = makeHttp(
    allRoutes({
      tracking,
      artifacts: { artifacts, addressOf: makeAddresses(publicAddress) },
      registry: { registry, openFile: (key) => store.open(key) },
      access: verbs,
      events: { ...events, db },
      subscriptions: deliveries.subscriptions,
      approvals: approving.approvals,
      lineage: approving.lineage,
      audit: governance.audit,
      policies: governance.policies,
      signIn: { ...signIn, basePath, clock },
      publicAddress,
      system: { ping: () => db.ping(), metrics, basePath },
    }),
    {
      basePath,
      trustProxy: settings.trustProxy.length > 0 && [...settings.trustProxy],
      origins: makeOrigins({ ...settings, boundHost: settings.host }),
      findCaller,
      signInPage: settings.auth ? `${basePath}/sign-in` : undefined,
      log,
      slowBodies,
      observe: metrics.observe,
    },
  )
  removals.wake()
  registryRemovals.wake()
  const stopCollecting = startCollecting('uploads', artifacts.collectUploads, log)
  const sweepClaims = makeSweepClaims({ db, clock, wakeRemovals })
  const stopSweeping = startCollecting('imports', () => sweepClaims(IMPORT_DEAD_AFTER_MS), log)
  return {
    http,
    accounts,
    settle: events.settle,
    async close() {
      events.endStreams()
      await http.close()
      slowBodies.stop()
      await Promise.all([stopCollecting(), stopSweeping(), approving.close(), governance.close()])
      await Promise.all([removals.stop(), registryRemovals.stop()])
      await accessWork.close()
      await deliveries.close()
      await events.close()
    },
  }
}
