import { accessSync, constants, mkdirSync } from 'node:fs'
import { randomIds, systemClock } from '@orrery/base/kernel'
import { DEFAULT_WORKSPACE, localOwner, makeAccess } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { makeTracking, makeWorkOffRemovals } from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { CannotStart } from './cannot-start.ts'
import { type FindCaller, makeHttp, makeOrigins, makeSlowBodies } from './http/kit/index.ts'
import { makeServerMetrics } from './http/workspace/server-metrics.ts'
import { startRemovals } from './loops/removals.ts'
import { MIGRATIONS } from './migrations.ts'
import { allRoutes } from './routes.ts'
import type { Settings } from './settings.ts'

/** The workspace, wired and ready to listen. */
export interface Composition {
  readonly http: FastifyInstance
  /** Lets requests finish, then closes the store. */
  close(): Promise<void>
}

/**
 * Opens the store and wires drivers, verbs and routes. The only place where implementations are chosen.
 *
 * Rejects with `CannotStart` where the surroundings do not allow it.
 */
export async function compose(settings: Settings, log: Logger): Promise<Composition> {
  makeHome(settings.home)
  const db = await openStore(settings)
  try {
    await db.migrate(MIGRATIONS)
    return await wire(db, settings, log)
  } catch (error) {
    await db.close()
    throw error
  }
}

async function wire(db: Database, settings: Settings, log: Logger): Promise<Composition> {
  const clock = systemClock
  const access = makeAccess({ db, clock })
  const ids = randomIds
  const removals = startRemovals(makeWorkOffRemovals({ db, removeFiles: async () => {} }), log)
  const emit = makeEmit({ clock, ids })
  const tracking = makeTracking({ db, emit, clock, ids, wakeRemovals: removals.wake })
  await db.inTx(async (tx) => {
    const { key } = await access.ensureWorkspace(tx, DEFAULT_WORKSPACE)
    await tracking.experiments.ensureDefault(tx, key)
  })
  const metrics = makeServerMetrics(undefined)
  const slowBodies = makeSlowBodies(clock)
  const { basePath } = settings
  const http = makeHttp(allRoutes({ tracking, system: { ping: () => db.ping(), metrics, basePath } }), {
    basePath,
    trustProxy: settings.trustProxy.length > 0 && [...settings.trustProxy],
    origins: makeOrigins({ ...settings, boundHost: settings.host }),
    findCaller: findLocalOwner(access.findWorkspace),
    log,
    slowBodies,
    observe: metrics.observe,
  })
  removals.wake()
  return {
    http,
    async close() {
      await http.close()
      slowBodies.stop()
      await removals.stop()
      await db.close()
    },
  }
}

/** Until there are accounts, whoever reaches the server is its owner. */
function findLocalOwner(findWorkspace: ReturnType<typeof makeAccess>['findWorkspace']): FindCaller {
  return async (asking) => localOwner(await findWorkspace(asking.workspace ?? DEFAULT_WORKSPACE), asking)
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true })
    accessSync(home, constants.W_OK)
  } catch (error) {
    throw new CannotStart(
      `The home ${home} cannot be written: ${(error as Error).message}. Choose another with --home.`,
    )
  }
}

async function openStore({ home, databaseUrl }: Settings): Promise<Database> {
  try {
    if (databaseUrl !== undefined) {
      const { openPostgres } = await import('@orrery/drivers/db/postgres')
      return await openPostgres({ url: databaseUrl })
    }
    const { openSqlite } = await import('@orrery/drivers/db/sqlite')
    return await openSqlite({ folder: home })
  } catch (error) {
    throw new CannotStart((error as Error).message, { cause: error })
  }
}
