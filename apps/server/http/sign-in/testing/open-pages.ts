import type { AddressInfo } from 'node:net'
import { statusRoutes } from '@orrery/base/contract'
import { countingIds } from '@orrery/base/kernel'
import { makeAccess, makeCredentials, makeMeter, makePasswordHasher } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import type { Database } from '@orrery/drivers/db'
import pino from 'pino'
import { bind, makeFindAccount, makeHttp, makeOrigins, makeSlowBodies } from '../../kit/index.ts'
import { bindSignOn } from '../../sign-on/bind-sign-on.ts'
import { makeProvider, type ProviderSettings } from '../../sign-on/provider.ts'
import { bindSignIn } from '../bind-sign-in.ts'

/** Behind a proxy: who says so in `X-Forwarded-*` is believed. */
const PROXIES = ['127.0.0.1']

/** The pages, and a page behind them that tells who asks, on a port of this machine. */
export async function openPages(
  db: Database,
  {
    asked = true,
    basePath = '',
    provider,
    mayCreate = true,
  }: { asked?: boolean; basePath?: string; provider?: ProviderSettings; mayCreate?: boolean } = {},
) {
  const time = { now: 1_700_000_000_000 }
  const clock = () => time.now
  const ids = countingIds()
  const emit = makeEmit({ clock, ids })
  const access = makeAccess({ db, clock, ids })
  await db.inTx((tx) => access.ensureWorkspace(tx, 'default'))
  await db.inTx((tx) => access.ensureWorkspace(tx, 'lab'))
  const credentials = makeCredentials({
    ...{ db, clock, ids, emit, meter: makeMeter({ db, emit }) },
    ...access,
    running: async () => [],
    hasher: makePasswordHasher({ logN: 4 }),
  })
  const link = await credentials.setup.begin()
  const slowBodies = makeSlowBodies(clock)
  const home = bind(statusRoutes, {
    show: ({ principal, workspace }, { url }) => ({
      status: 200,
      body: `${principal.name} in ${workspace.name} at ${url}`,
    }),
  })
  const logged: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const { signOn: verbs, ...others } = credentials
  const signOn =
    provider === undefined ? undefined : { verbs, provider: makeProvider(provider, log, clock), mayCreate }
  const means = { ...others, asked, basePath, clock, signOn }
  const http = makeHttp([...bindSignIn(means), ...bindSignOn(means), ...home], {
    basePath,
    trustProxy: PROXIES,
    origins: makeOrigins({
      allowedHosts: ['orrery.example'],
      corsAllowedOrigins: [],
      boundHost: '127.0.0.1',
    }),
    findCaller: makeFindAccount(credentials.authentication),
    signInPage: `${basePath}/sign-in`,
    log,
    slowBodies,
    observe: () => {},
  })
  await http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = http.server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    link: link!,
    time,
    logged,
    credentials,
    async [Symbol.asyncDispose]() {
      await http.close()
      slowBodies.stop()
    },
  }
}
