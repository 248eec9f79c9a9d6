import { mkdtemp, rm } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { countingIds } from '@orrery/base/kernel'
import { makeAccess } from '@orrery/domain/access'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { openEgress } from '@orrery/drivers/egress/undici'
import pino from 'pino'
import { wire } from '../../wire.ts'
import { PLAIN_SETTINGS } from './plain-settings.ts'

/** The time that the served workspace believes it is, in milliseconds since the epoch. */
export const NOW = 1_700_000_000_000

export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
) => Promise<Told>

export interface Told {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
  readonly body: any
  readonly text: string
  readonly bytes: Buffer
}

/** Closing it is for tests whose events are still on their way when they are done; the database closes after it. */
export interface Served extends AsyncDisposable {
  readonly call: Call
  readonly store: ArtifactStore
}

/**
 * The whole server over a fresh database, asked without a socket. Besides `default` it has a workspace `elsewhere`.
 *
 * @param given.egressAllow receivers of events that it may call besides public ones
 */
export async function serve(
  db: Database,
  { egressAllow = [] }: { readonly egressAllow?: readonly string[] } = {},
): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-serve-'))
  after(() => rm(folder, { recursive: true }))
  const store = await openLocalArtifactStore(folder)
  const clock = () => NOW
  const egress = openEgress({ allow: egressAllow })
  const { http, close } = await wire(
    { db, store, clock, ids: countingIds(), egress },
    { ...PLAIN_SETTINGS, home: join(folder, '.home') },
    pino({ level: 'silent' }),
  )
  const { ensureWorkspace } = makeAccess({ db, clock })
  await db.inTx((tx) => ensureWorkspace(tx, 'elsewhere'))
  return {
    store,
    async call(method, path, body) {
      const answer = await http.inject({
        method,
        url: path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`,
        headers: { host: '127.0.0.1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { payload: isRaw(body) ? body : JSON.stringify(body) }),
      })
      const json = String(answer.headers['content-type']).startsWith('application/json')
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: json ? answer.json() : undefined,
        text: answer.body,
        bytes: answer.rawPayload,
      }
    },
    async [Symbol.asyncDispose]() {
      await close()
      await egress.close()
    },
  }
}

const isRaw = (body: unknown): body is string | Buffer => typeof body === 'string' || Buffer.isBuffer(body)
