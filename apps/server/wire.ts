import { type Clock, type IdSource, randomIds, systemClock } from '@orrery/base/kernel'
import { DEFAULT_WORKSPACE, ensureSigningKey, localOwner, makeAccess } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { makeArtifacts, makeGrants, makeTracking, makeWorkOffRemovals } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { Database } from '@orrery/drivers/db'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import {
  type FindCaller,
  makeHttp,
  makeOrigins,
  makePublicAddress,
  makeSlowBodies,
} from './http/kit/index.ts'
import { makeAddresses } from './http/mlflow/artifact-addresses.ts'
import { makeServerMetrics } from './http/workspace/server-metrics.ts'
import { startCollectingUploads } from './loops/abandoned-uploads.ts'
import { startRemovals } from './loops/removals.ts'
import { allRoutes } from './routes.ts'
import type { Settings } from './settings.ts'

/** The outside world as the workspace sees it. */
export interface Drivers {
  readonly db: Database
  readonly store: ArtifactStore
  /** @default systemClock */
  readonly clock?: Clock
  /** @default randomIds */
  readonly ids?: IdSource
}

/** The workspace, wired and ready to listen. */
export interface Wired {
  readonly http: FastifyInstance
  /** Lets requests and background work finish. The drivers stay open. */
  close(): Promise<void>
}

/** What wiring needs to know of the settings. */
export type WireSettings = Pick<
  Settings,
  'basePath' | 'trustProxy' | 'host' | 'allowedHosts' | 'corsAllowedOrigins'
>

/** Ties verbs to drivers and routes to verbs. The schema is up to date. */
export async function wire(drivers: Drivers, settings: WireSettings, log: Logger): Promise<Wired> {
  const { db, store, clock = systemClock, ids = randomIds } = drivers
  const access = makeAccess({ db, clock })
  const emit = makeEmit({ clock, ids })
  const key = await db.inTx((tx) => ensureSigningKey(tx, 'artifact addresses'))
  const grants = makeGrants({ key, clock })
  const artifacts = makeArtifacts({ db, emit, clock, store, grants })
  const workOff = makeWorkOffRemovals({ db, removeFiles: artifacts.deleteArtifactsOf })
  const removals = startRemovals(workOff, log)
  const tracking = makeTracking({ db, emit, clock, ids, wakeRemovals: removals.wake })
  await db.inTx(async (tx) => {
    const { key } = await access.ensureWorkspace(tx, DEFAULT_WORKSPACE)
    await tracking.experiments.ensureDefault(tx, key)
  })
  const metrics = makeServerMetrics(() => db.unanswered)
  const slowBodies = makeSlowBodies(clock)
  const { basePath } = settings
  const publicAddress = makePublicAddress(basePath)
  const http = makeHttp(
    allRoutes({
      tracking,
      artifacts: { artifacts, addressOf: makeAddresses(publicAddress) },
      publicAddress,
      system: { ping: () => db.ping(), metrics, basePath },
    }),
    {
      basePath,
      trustProxy: settings.trustProxy.length > 0 && [...settings.trustProxy],
      origins: makeOrigins({ ...settings, boundHost: settings.host }),
      findCaller: findLocalOwner(access.findWorkspace),
      log,
      slowBodies,
      observe: metrics.observe,
    },
  )
  removals.wake()
  const stopCollecting = startCollectingUploads(artifacts.collectUploads, log)
  return {
    http,
    async close() {
      await http.close()
      slowBodies.stop()
      await stopCollecting()
      await removals.stop()
    },
  }
}

/** Until there are accounts, whoever reaches the server is its owner. */
function findLocalOwner(findWorkspace: ReturnType<typeof makeAccess>['findWorkspace']): FindCaller {
  return (asking) => {
    const found = findWorkspace(asking.workspace ?? DEFAULT_WORKSPACE)
    return found instanceof Promise
      ? found.then((workspace) => localOwner(workspace, asking))
      : localOwner(found, asking)
  }
}
