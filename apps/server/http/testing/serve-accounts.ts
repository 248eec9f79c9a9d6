import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countingIds } from '@orrery/base/kernel'
import {
  type Authentication,
  makeAccess,
  makeCredentials,
  makeMeter,
  makePasswordHasher,
} from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { runningRuns } from '@orrery/domain/tracking'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import type { Mailer } from '@orrery/drivers/egress'
import { openEgress } from '@orrery/drivers/egress/undici'
import pino from 'pino'
import { wire } from '../../wire.ts'
import { PLAIN_SETTINGS } from './plain-settings.ts'

export { MIGRATIONS } from '../../migrations.ts'

const PASSWORD = 'correct horse battery'
const SETTINGS = { ...PLAIN_SETTINGS, auth: true }

/** Passwords of a cost that tests can bear. */
const HASHER = makePasswordHasher({ logN: 4 })

export type Headers = Readonly<Record<string, string>>

export const basic = (name: string, password = PASSWORD): Headers => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})

export const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

export interface Answered {
  readonly status: number
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
  readonly body: any
}

/**
 * The whole server over a fresh database, asking everybody who they are. `root` is its administrator; every account has
 * the same password, which `basic` sends.
 */
export async function serveAccounts(
  db: Database,
  { egressAllow = [], mailer }: { readonly egressAllow?: readonly string[]; readonly mailer?: Mailer } = {},
) {
  const time = { now: 1_700_000_000_000 }
  const clock = () => time.now
  const folder = await mkdtemp(join(tmpdir(), 'orrery-accounts-'))
  const store = await openLocalArtifactStore(folder)
  const { http, accounts, settle, close } = await wire(
    {
      ...{ db, store, clock, ids: countingIds(), hasher: HASHER },
      egress: openEgress({ allow: egressAllow }),
      mailer,
    },
    { ...SETTINGS, home: join(folder, '.home') },
    pino({ level: 'silent' }),
  )

  async function call(
    method: string,
    url: string,
    headers: Headers = {},
    body: unknown = {},
  ): Promise<Answered> {
    const isRead = method === 'GET'
    const answer = await http.inject({
      method: method as 'POST',
      url: url.startsWith('/') ? url : `/api/2.0/mlflow/${url}`,
      headers: { host: '127.0.0.1', ...(isRead ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(isRead
        ? {}
        : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    })
    const isJson = String(answer.headers['content-type']).startsWith('application/json')
    return {
      status: answer.statusCode,
      text: answer.body,
      body: isJson && answer.body !== '' ? answer.json() : undefined,
    }
  }

  /** A call of the administrator, or of somebody else, that succeeds. */
  async function done(method: string, url: string, body?: unknown, headers: Headers = basic('root')) {
    const answer = await call(method, url, headers, body)
    assert.ok(answer.status < 300, `${method} ${url}: ${answer.status} ${answer.text}`)
    return answer.body
  }

  const emit = makeEmit({ clock, ids: countingIds(1000) })
  /** What no route does: the setup, the tokens of runs. */
  const verbs = makeCredentials({
    ...{ db, clock, ids: countingIds(1000), emit, meter: makeMeter({ db, emit }), hasher: HASHER },
    ...makeAccess({ db, clock }),
    running: runningRuns,
  })
  const asking = { requestId: 'r', address: '' }
  await verbs.setup.complete(asking, {
    link: accounts.setupLink!,
    name: 'root',
    password: PASSWORD,
    browser: '',
  })

  return {
    /** Where the server keeps what is not in the database. */
    home: join(folder, '.home'),
    db,
    call,
    done,
    time,
    settle,
    verbs,
    callerOf: async (headers: Headers, workspace: string) => {
      const { authorization } = headers
      const asked: Parameters<Authentication['findCaller']>[0] = {
        ...asking,
        workspace,
        reason: undefined,
        authorization,
        session: undefined,
      }
      return verbs.authentication.findCaller(asked, 'members')
    },
    /** What a browser sends that has signed in. */
    async signedIn(name: string): Promise<Headers> {
      const { secret } = await verbs.sessions.signIn(asking, { name, password: PASSWORD, browser: '' })
      return { cookie: `orrery=${secret}`, 'sec-fetch-site': 'same-origin', 'x-requested-with': 'test' }
    },
    /** Lets it be reached over a socket as well. @returns its address */
    listen: () => http.listen({ host: '127.0.0.1', port: 0 }),
    async makeUser(name: string) {
      await done('POST', 'users/create', { username: name, password: PASSWORD })
    },
    async makeWorkspace(name: string) {
      await done('POST', '/api/3.0/mlflow/workspaces', { name })
    },
    async assign(workspace: string, role: string, name: string) {
      await done('PUT', `/workspaces/${workspace}/api/orrery/v1/role-assignments/${role}/${name}`)
    },
    async [Symbol.asyncDispose]() {
      await close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

export type AccountServer = Awaited<ReturnType<typeof serveAccounts>>
