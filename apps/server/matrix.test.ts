import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyDeclaration } from '@orrery/base/contract'
import { ADMINISTERING, type BuiltInRoleName, type Permission, ROLES } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import {
  type AccountServer,
  basic,
  bearer,
  type Headers,
  serveAccounts,
} from './http/testing/serve-accounts.ts'
import { MIGRATIONS } from './migrations.ts'
import { allRoutes, type RouteMeans } from './routes.ts'

/*
 * Who may call what, asked of the whole server and expected from the declarations alone: every route, at every address,
 * for every role, in one's own workspace and in another, with every kind of credential. What a verb decides on the single
 * thing is in `matrix-things.test.ts`.
 */

// biome-ignore lint/suspicious/noExplicitAny: only the declarations are looked at
const nothing: any = new Proxy(() => undefined, { get: () => nothing })
const declarations = allRoutes(nothing as RouteMeans).map(({ declaration }) => declaration)
const places = ({ method, path, twins }: AnyDeclaration) => [{ method, path }, ...twins]

/** They end what the rest of the test needs: its sessions, its accounts, its workspaces. Their gates are asked alone. */
const LAST = new Set(['sessions.endAll'])
const inOrder = declarations.toSorted((a, b) => Number(LAST.has(a.name)) - Number(LAST.has(b.name)))

const BUILT_IN = Object.keys(ROLES) as BuiltInRoleName[]

/** Whoever may call them would wait for ever: they are asked for what they refuse behind the gate. */
const ENDLESS = new Set(['/api/orrery/v1/events/stream'])

const addressOf = (path: string, workspace: string) =>
  `${workspace === '' ? '' : `/workspaces/${workspace}`}${path.replace(/\{\w+\*?\}/g, 'no-such-thing')}${ENDLESS.has(path) ? '?after=nowhere' : ''}`

/** A team in `vision`: one account per role, one whose role gives nothing, one who is not in it. */
async function openTeam(server: AccountServer) {
  for (const name of ['vision', 'speech']) await server.makeWorkspace(name)
  for (const name of [...BUILT_IN, 'bystander', 'foreigner', 'gone']) await server.makeUser(name)
  for (const role of BUILT_IN) await server.assign('vision', role, role)
  await server.done('POST', '/workspaces/vision/api/orrery/v1/roles', { name: 'nothing', permissions: [] })
  await server.assign('vision', 'nothing', 'bystander')
  await server.assign('speech', 'owner', 'foreigner')
}

interface Person {
  readonly name: string
  /** Undefined: everything. */
  readonly permissions: readonly Permission[] | undefined
}

const PEOPLE: readonly Person[] = [
  { name: 'root', permissions: undefined },
  ...BUILT_IN.map((name) => ({ name, permissions: ROLES[name].permissions as readonly Permission[] })),
  { name: 'bystander', permissions: [] },
]

const CONTRIBUTOR: readonly string[] = ROLES.contributor.permissions
const READER: readonly string[] = ROLES.reader.permissions
const UNKNOWN = [401, 'UNAUTHENTICATED']
const TOO_MANY = [429, 'REQUEST_LIMIT_EXCEEDED']

/** What is beyond workspaces is lacked in none. */
const refusesAtTheGate = (needs: string, text: string) =>
  text.includes(needs === 'server.manage' ? `lacks '${needs}'.` : `lacks '${needs}' in workspace`)

eachEngine('who may call what', MIGRATIONS, (open, engine) => {
  test('every role in its own workspace: what it may, and nothing else', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    let asked = 0
    for (const declaration of inOrder) {
      const { name, needs } = declaration
      for (const { method, path } of places(declaration)) {
        for (const person of PEOPLE) {
          const { status, text, body } = await server.call(
            method,
            addressOf(path, 'vision'),
            basic(person.name),
          )
          const told = `${name} (${method} ${path}) as ${person.name}: ${status} ${text.slice(0, 300)}`
          asked++
          assert.ok(status < 500 || status === 501, told)
          if (needs === 'public') continue
          assert.notEqual(status, 401, told)
          assert.ok(!(status === 404 && text.includes('No workspace is named')), told)
          if (needs === 'signed-in') continue
          const may = person.permissions === undefined || person.permissions.includes(needs)
          if (may) assert.ok(!refusesAtTheGate(needs, text), told)
          else {
            assert.equal(status, 403, told)
            assert.equal(body.error_code, 'PERMISSION_DENIED', told)
            assert.ok(refusesAtTheGate(needs, text), told)
          }
        }
      }
    }
    console.log(`${engine}: ${declarations.length} routes, ${PEOPLE.length} people, ${asked} requests`)
  })

  test('without a credential, and with one that has ended, there is nothing but a 401', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const ended = await endedCredentials(server)
    let asked = 0
    for (const declaration of inOrder) {
      if (declaration.needs === 'public') continue
      for (const { method, path } of places(declaration)) {
        for (const [kind, headers] of Object.entries(ended)) {
          for (const workspace of ['', 'vision', 'no-such-workspace']) {
            const { status, body } = await server.call(method, addressOf(path, workspace), headers)
            asked++
            const told = `${declaration.name} (${method} ${path}) with ${kind}: ${status}`
            // Too many wrong passwords are refused before they are looked at.
            const expected = kind.includes('password') && status === 429 ? TOO_MANY : UNKNOWN
            assert.deepEqual([status, body.error_code], expected, told)
          }
        }
      }
    }
    console.log(`${engine}: ${Object.keys(ended).length} credentials that have ended, ${asked} requests`)
  })

  test('a workspace of others is one that does not exist, whatever is asked of it', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    let asked = 0
    for (const declaration of inOrder) {
      if (declaration.needs === 'public') continue
      for (const { method, path } of places(declaration)) {
        const foreign = await server.call(method, addressOf(path, 'vision'), basic('foreigner'))
        const none = await server.call(method, addressOf(path, 'vizion'), basic('foreigner'))
        asked += 2
        const told = `${declaration.name} (${method} ${path}): ${foreign.status} ${foreign.text}`
        assert.equal(foreign.status, 404, told)
        assert.equal(foreign.text.replaceAll('vision', 'vizion'), none.text, told)
      }
    }
    console.log(`${engine}: ${asked} requests to a workspace of others`)
  })

  test('every kind of credential opens the same doors, and a confined one those of runs', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const { open: kinds, confined, readOnly } = await liveCredentials(server)
    let asked = 0
    for (const declaration of inOrder) {
      const { name, needs, ofRun } = declaration
      if (needs === 'public' || name.startsWith('sessions.end') || name === 'tokens.renew') continue
      for (const { method, path } of places(declaration)) {
        const url = addressOf(path, 'vision')
        for (const [kind, headers] of Object.entries(kinds)) {
          const { status, text } = await server.call(method, url, headers)
          asked++
          const told = `${name} (${method} ${path}) with ${kind}: ${status} ${text.slice(0, 300)}`
          assert.ok(status !== 401 && (status < 500 || status === 501), told)
          const may: boolean = needs === 'signed-in' || CONTRIBUTOR.includes(needs)
          const isPassing: boolean = kind === 'tracking' && needs !== 'signed-in' && ADMINISTERING.has(needs)
          const refuses: boolean = isPassing ? text.includes(PASSING) : refusesAtTheGate(needs, text)
          assert.equal(status === 403 && refuses, !may || isPassing, told)
        }
        const narrow = await server.call(method, url, readOnly)
        asked++
        const told = `${name} (${method} ${path}) read-only: ${narrow.status} ${narrow.text.slice(0, 300)}`
        assert.notEqual(narrow.status, 401, told)
        const mayRead: boolean = needs === 'signed-in' || READER.includes(needs)
        assert.equal(narrow.status === 403 && refusesAtTheGate(needs, narrow.text), !mayRead, told)
        for (const [kind, headers] of Object.entries(confined)) {
          const { status, text } = await server.call(method, url, headers)
          asked++
          const told = `${name} (${method} ${path}) with ${kind}: ${status} ${text.slice(0, 300)}`
          if (ofRun) assert.ok(status < 500, told)
          else assert.ok(status === 401 || status === 403, told)
        }
      }
    }
    console.log(
      `${engine}: ${asked} requests with ${[...Object.keys(kinds), ...Object.keys(confined)].join(', ')}`,
    )
  })
})

/** Of a contributor, whose permissions all of them have but the read-only token: it has those of a reader. */
async function liveCredentials(server: AccountServer) {
  const own = basic('contributor')
  const { token: personal } = await server.done('POST', inVision('tokens'), { name: 'p' }, own)
  const narrow = await server.done('POST', inVision('tokens'), { name: 'r', read_only: true }, own)
  const { token: tracking } = await server.done('POST', inVision('tracking-credentials'), {}, own)
  await server.done('POST', inVision('principals/service'), { name: 'robot' })
  await server.assign('vision', 'contributor', 'robot')
  const { token: service } = await server.done('POST', inVision('principals/service/robot/tokens'), {
    token_name: 's',
  })
  const short = await server.done('POST', inVision('tracking-credentials'), { life_ms: 1000 }, own)
  const created = await server.done('POST', RUNS, { experiment_id: '0' }, bearer(short.token))
  const runId = created.run.info.run_id
  const job = await server.done('POST', RUNS, { experiment_id: '0' }, own)
  server.time.now += 2000
  const caller = await server.callerOf(own, 'vision')
  const runKey = await keyOfRun(server, job.run.info.run_id)
  const ofRun = await server.verbs.tokens.createForRun(caller, { runKey, runId: job.run.info.run_id })
  assert.ok(runId)
  return {
    open: {
      password: own,
      personal: bearer(personal),
      'personal as a password': basic('contributor', personal),
      service: bearer(service),
      tracking: bearer(tracking),
      session: await server.signedIn('contributor'),
    } as Readonly<Record<string, Headers>>,
    readOnly: bearer(narrow.token),
    confined: { 'expired tracking': bearer(short.token), 'of a run': bearer(ofRun.token) } as Readonly<
      Record<string, Headers>
    >,
  }
}

const PASSING = 'A tracking credential changes no accounts'

const inVision = (path: string) => `/workspaces/vision/api/orrery/v1/${path}`
const RUNS = '/workspaces/vision/api/2.0/mlflow/runs/create'

async function keyOfRun({ db }: AccountServer, runId: string): Promise<number> {
  const rows = await db.read
    .tables<{ runs: { run_id: string; run_key: number } }>()
    .selectFrom('runs')
    .select('run_key')
    .where('run_id', '=', runId)
    .execute()
  return rows[0]!.run_key
}

async function endedCredentials(server: AccountServer): Promise<Readonly<Record<string, Headers>>> {
  const own = basic('contributor')
  const short = await server.done('POST', inVision('tokens'), { name: 'short', life_ms: 1000 }, own)
  const hour = await server.done('POST', inVision('tracking-credentials'), { life_ms: 1000 }, own)
  const revoked = await server.done('POST', inVision('tokens'), { name: 'revoked' }, own)
  await server.done('DELETE', inVision(`tokens/${revoked.details.id}`), {}, own)
  await server.assign('vision', 'contributor', 'gone')
  const gone = await server.done('POST', inVision('tokens'), { name: 'gone' }, basic('gone'))
  await server.done('PATCH', inVision('principals/user/gone'), { disabled: true })
  const session = await server.signedIn('reader')
  await server.done('DELETE', inVision('sessions'), {}, basic('reader'))
  server.time.now += 2000
  return {
    none: {},
    'an expired token': bearer(short.token),
    'a tracking credential without runs': bearer(hour.token),
    'a revoked token': bearer(revoked.token),
    'a token of a disabled account': bearer(gone.token),
    'the password of a disabled account': basic('gone'),
    'a wrong password': basic('reader', 'not the password'),
    'a session that was ended': session,
  }
}
