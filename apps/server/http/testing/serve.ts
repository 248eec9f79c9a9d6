import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { countingIds } from '@orrery/base/kernel'
import { makeAccess } from '@orrery/domain/access'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import pino from 'pino'
import { wire } from '../../wire.ts'

/** The time that the served workspace believes it is, in milliseconds since the epoch. */
export const NOW = 1_700_000_000_000

const SETTINGS = {
  basePath: '',
  trustProxy: [],
  host: '127.0.0.1',
  allowedHosts: [],
  corsAllowedOrigins: [],
}

export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
) => Promise<{ status: number; body: any; text: string }>

/** The whole server over a fresh database, asked without a socket. Besides `default` it has a workspace `elsewhere`. */
export async function serve(db: Database): Promise<{ call: Call }> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-serve-'))
  after(() => rm(folder, { recursive: true }))
  const store = await openLocalArtifactStore(folder)
  const clock = () => NOW
  const { http } = await wire({ db, store, clock, ids: countingIds() }, SETTINGS, pino({ level: 'silent' }))
  const { ensureWorkspace } = makeAccess({ db, clock })
  await db.inTx((tx) => ensureWorkspace(tx, 'elsewhere'))
  return {
    async call(method, path, body) {
      const answer = await http.inject({
        method,
        url: path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`,
        headers: { host: '127.0.0.1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const json = String(answer.headers['content-type']).startsWith('application/json')
      return { status: answer.statusCode, body: json ? answer.json() : undefined, text: answer.body }
    },
  }
}
