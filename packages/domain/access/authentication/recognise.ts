import type { Clock, Credential } from '@orrery/base/kernel'
import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Changes } from '../changes.ts'
import type { Asking } from '../credentials.ts'
import { foldName } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import { findSigningIn } from '../passwords/password-rows.ts'
import { limitedLife } from '../token.ts'
import type { NameAndPassword, PasswordAsking } from './check-name-and-password.ts'
import { readAuthorization } from './read-authorization.ts'
import type { Recognised } from './recognised.ts'
import { hashSecret, isSecret } from './secret.ts'
import { expired } from './unauthenticated.ts'

const tokenByHash = statement('access.token-by-hash', (k: Kysely<AccessTables>, p: { hash: string }) =>
  k
    .selectFrom('tokens')
    .innerJoin('principals', 'principals.principal_key', 'tokens.principal_key')
    .select([
      'tokens.token_key as key',
      'tokens.kind',
      'tokens.workspace_key as workspaceKey',
      'tokens.all_workspaces as allWorkspaces',
      'tokens.read_only as readOnly',
      'tokens.run_key as runKey',
      'tokens.run_id as runId',
      'tokens.created_at as createdAt',
      'tokens.expires_at as expiresAt',
      'tokens.ends_at as endsAt',
      'tokens.stamp',
      'principals.principal_key as principalKey',
      'principals.kind as principalKind',
      'principals.name',
      'principals.stamp as accountStamp',
      'principals.disabled_at as disabledAt',
    ])
    .where('tokens.hash', '=', p.hash),
)

const sessionByHash = statement('access.session-by-hash', (k: Kysely<AccessTables>, p: { hash: string }) =>
  k
    .selectFrom('sessions')
    .innerJoin('principals', 'principals.principal_key', 'sessions.principal_key')
    .select([
      'sessions.session_key as key',
      'sessions.stamp',
      'sessions.seen_at as seenAt',
      'sessions.ends_at as endsAt',
      'principals.principal_key as principalKey',
      'principals.name',
      'principals.stamp as accountStamp',
      'principals.disabled_at as disabledAt',
    ])
    .where('sessions.hash', '=', p.hash),
)

/** What was found, and the moment of `changes` before it was looked up: for whoever remembers it. */
export interface Found {
  readonly recognised: Recognised
  readonly moment: number
}

/**
 * Looks a credential up in the database. Undefined for whatever is wrong with it; a token that has expired and is still
 * there is refused with UNAUTHENTICATED that says so.
 */
export type Recognise = (
  asking: Pick<Asking, 'authorization' | 'session' | 'requestId' | 'address'>,
  /** Whether it was good before. */
  wasGood: boolean,
) => Promise<Found | undefined>

export function makeRecognise(deps: {
  db: Database
  clock: Clock
  changes: Pick<Changes, 'moment'>
  check: NameAndPassword
}): Recognise {
  const { db, clock, changes, check } = deps

  /** @param name where it came as a password: that of its account, or `token` */
  async function byToken(token: string, name: string | undefined): Promise<Found | undefined> {
    const moment = changes.moment()
    const row = await db.read.first(tokenByHash, { hash: hashSecret(token) })
    const now = clock()
    if (row === undefined || row.disabledAt !== null || row.stamp !== row.accountStamp) return undefined
    if (name !== undefined && name !== 'token' && foldName(name) !== foldName(row.name)) return undefined
    if (now >= row.endsAt) throw expired(row.endsAt)
    const { key, kind, workspaceKey, expiresAt, runKey, runId } = row
    const credential: Credential = {
      kind,
      key,
      ...(row.readOnly === 1 ? { readOnly: true } : {}),
      ...(row.allWorkspaces === 1 ? {} : { onlyIn: workspaceKey }),
    }
    const principalKind = row.principalKind === 'service' ? 'service' : 'user'
    const recognised: Recognised = {
      principal: { kind: principalKind, name: row.name, key: row.principalKey },
      credential,
      until: row.endsAt,
      token: { key, kind, workspaceKey, expiresAt, lifeMs: limitedLife(row), runKey, runId },
      seenAt: now,
      notedAt: Number.NEGATIVE_INFINITY,
    }
    return { recognised, moment }
  }

  async function bySession(secret: string): Promise<Found | undefined> {
    const moment = changes.moment()
    const row = await db.read.first(sessionByHash, { hash: hashSecret(secret) })
    const now = clock()
    if (row === undefined || row.disabledAt !== null || row.stamp !== row.accountStamp) return undefined
    if (now >= row.endsAt || now - row.seenAt >= LIMITS.sessionIdleMs) return undefined
    const recognised: Recognised = {
      principal: { kind: 'user', name: row.name, key: row.principalKey },
      credential: { kind: 'session', key: row.key },
      until: row.endsAt,
      seenAt: now,
      notedAt: Number.NEGATIVE_INFINITY,
    }
    return { recognised, moment }
  }

  async function byPassword(
    name: string,
    password: string,
    asking: PasswordAsking,
  ): Promise<Found | undefined> {
    const account = await check(name, password, asking)
    if (account === undefined) return undefined
    // A third of a second and more has passed since the account was looked at.
    const moment = changes.moment()
    const still = await findSigningIn(db.read, name)
    if (still?.key !== account.key || still.hash !== account.hash || still.disabledAt !== null)
      return undefined
    const now = clock()
    const recognised: Recognised = {
      principal: { kind: 'user', name: still.name, key: still.key },
      credential: { kind: 'password' },
      until: now + LIMITS.passwordRememberedMs,
      seenAt: now,
      notedAt: Number.NEGATIVE_INFINITY,
    }
    return { recognised, moment }
  }

  return async function recognise({ authorization, session, requestId, address }, wasGood) {
    if (authorization === undefined) {
      return session === undefined || !isSecret(session) ? undefined : bySession(session)
    }
    const presented = readAuthorization(authorization)
    if (presented === undefined) return undefined
    return presented.kind === 'token'
      ? byToken(presented.token, presented.name)
      : byPassword(presented.name, presented.password, { requestId, address, wasGood })
  }
}
