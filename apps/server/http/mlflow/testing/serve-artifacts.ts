import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countingIds } from '@orrery/base/kernel'
import { localOwner, makeAccess } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import {
  makeArtifacts,
  makeGrants,
  makeTracking,
  NOTHING_METERED,
  NOTHING_OWNED,
} from '@orrery/domain/tracking'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import pino from 'pino'
import { makeHttp, makeOrigins, makePublicAddress, makeSlowBodies } from '../../kit/index.ts'
import { makeAddresses } from '../artifact-addresses.ts'
import { bindArtifacts } from '../artifacts.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** The routes of artifacts on a port of their own, with a run to keep files in. */
export async function serveArtifacts(db: Database, basePath = '') {
  const root = await mkdtemp(join(tmpdir(), 'orrery-artifacts-'))
  const store = await openLocalArtifactStore(root)
  const clock = () => Date.now()
  const emit = makeEmit({ clock, ids: countingIds() })
  const tracking = makeTracking({
    db,
    emit,
    clock,
    ids: countingIds(),
    wakeRemovals: () => {},
    ownership: NOTHING_OWNED,
    meter: NOTHING_METERED,
  })
  const { ensureWorkspace, findWorkspace } = makeAccess({ db, clock })
  for (const name of ['default', 'team-a']) {
    await db.inTx(async (tx) => tracking.experiments.ensureDefault(tx, (await ensureWorkspace(tx, name)).key))
  }
  const grants = makeGrants({ key: Buffer.alloc(32, 7), clock })
  const artifacts = makeArtifacts({ db, emit, clock, store, grants, meter: NOTHING_METERED, findWorkspace })
  const slowBodies = makeSlowBodies(clock)
  const addressOf = makeAddresses(makePublicAddress(basePath))
  const http = makeHttp(bindArtifacts({ artifacts, addressOf }), {
    basePath,
    trustProxy: false,
    log: pino({ level: 'silent' }),
    slowBodies,
    origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
    observe: () => {},
    findCaller: async (asking) => localOwner(await findWorkspace(asking.workspace ?? 'default'), asking),
  })
  await http.listen({ port: 0, host: '127.0.0.1' })
  const { port } = http.server.address() as AddressInfo

  async function newRun(workspace = 'default') {
    const caller = localOwner(await findWorkspace(workspace), { requestId: 'test', address: '' })
    const { info } = await tracking.runs.create(caller, { experimentId: '0' })
    return { runId: info.runId, path: `0/${info.runId}/artifacts` }
  }

  /** Sends a path as it is: `fetch` would tidy it up. */
  function send(
    method: string,
    path: string,
    { body, headers = {} }: { body?: string | Uint8Array; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port, method, path: basePath + path, headers },
        (answer) => {
          answer
            .toArray()
            .then((chunks) =>
              resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
            )
            .catch(reject)
        },
      )
      asking.on('error', reject)
      asking.end(body)
    })
  }

  return {
    port,
    root,
    store,
    newRun,
    send,
    json: (method: string, path: string, message: unknown) =>
      send(method, path, {
        body: JSON.stringify(message),
        headers: { 'content-type': 'application/json' },
      }),
    /** Every key in the store. */
    async keys() {
      const keys: string[] = []
      for await (const { key } of store.walk('')) keys.push(key)
      return keys.sort()
    },
    async [Symbol.asyncDispose]() {
      await http.close()
      slowBodies.stop()
      await store.close()
      await rm(root, { recursive: true })
      await db.close()
    },
  }
}
