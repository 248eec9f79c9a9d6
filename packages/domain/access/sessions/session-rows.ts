import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { LIMITS } from '../limits.ts'
import type { SessionMethod } from '../session.ts'

export const insertSession = statement(
  'access.insert-session',
  (
    k: Kysely<AccessTables>,
    p: {
      id: string
      hash: string
      principal: number
      stamp: number
      method: SessionMethod
      address: string
      browser: string
      now: number
      endsAt: number
    },
  ) =>
    k.insertInto('sessions').values({
      session_id: p.id,
      hash: p.hash,
      principal_key: p.principal,
      stamp: p.stamp,
      method: p.method,
      address: p.address,
      browser: p.browser,
      created_at: p.now,
      seen_at: p.now,
      ends_at: p.endsAt,
    }),
)

const selectSessions = (k: Kysely<AccessTables>) =>
  k
    .selectFrom('sessions')
    .select([
      'session_key as key',
      'session_id as id',
      'method',
      'address',
      'browser',
      'created_at as createdAt',
      'seen_at as seenAt',
      'ends_at as endsAt',
    ])

/** Those that have not ended, newest first. */
export const liveSessions = statement(
  'access.live-sessions',
  (k: Kysely<AccessTables>, p: { principal: number; now: number; idleSince: number }) =>
    selectSessions(k)
      .where('principal_key', '=', p.principal)
      .where('ends_at', '>', p.now)
      .where('seen_at', '>', p.idleSince)
      .orderBy('session_key', 'desc'),
)

export const deleteSession = statement(
  'access.delete-session',
  (k: Kysely<AccessTables>, p: { principal: number; id: string }) =>
    k
      .deleteFrom('sessions')
      .where('principal_key', '=', p.principal)
      .where('session_id', '=', p.id)
      .returning('session_key as key'),
)

/** @param p.but key of the one that stays; 0 for none */
export const deleteSessionsOf = statement(
  'access.delete-sessions-of',
  (k: Kysely<AccessTables>, p: { principal: number; but: number }) =>
    k.deleteFrom('sessions').where('principal_key', '=', p.principal).where('session_key', '<>', p.but),
)

/** Before this a session must have been seen to have ended by idleness. */
export const idleSince = (now: number) => now - LIMITS.sessionIdleMs
