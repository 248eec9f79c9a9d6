import type { Tx } from '@orrery/drivers/db'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Recognised } from './recognised.ts'

/** When credentials and accounts were last used: put down in memory, and written all at once each minute. */
export interface LastUses {
  /** Costs nothing but once a minute for each credential. */
  note(recognised: Recognised, now: number, address: string): void
  /** Writes what was put down, in one transaction. What could not be written is kept for the next time. */
  write(inTx: (verb: (tx: Tx) => Promise<void>) => Promise<void>): Promise<void>
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const useToken = statement(
  'access.use-token',
  (k: Kysely<AccessTables>, p: { key: number; at: number; from: string }) =>
    k
      .updateTable('tokens')
      .set({ last_used_at: p.at, last_used_from: p.from })
      .where('token_key', '=', p.key)
      .where((e) => e.or([e('last_used_at', 'is', null), e('last_used_at', '<', p.at)])),
)

const useSession = statement(
  'access.use-session',
  (k: Kysely<AccessTables>, p: { key: number; at: number }) =>
    k
      .updateTable('sessions')
      .set({ seen_at: p.at })
      .where('session_key', '=', p.key)
      .where('seen_at', '<', p.at),
)

const useAccount = statement(
  'access.use-account',
  (k: Kysely<AccessTables>, p: { key: number; hour: number }) =>
    k
      .updateTable('principals')
      .set({ last_seen_at: p.hour })
      .where('principal_key', '=', p.key)
      .where((e) => e.or([e('last_seen_at', 'is', null), e('last_seen_at', '<', p.hour)])),
)

export function makeLastUses(): LastUses {
  let tokens = new Map<number, { at: number; from: string }>()
  let sessions = new Map<number, number>()
  let accounts = new Map<number, number>()

  return {
    note(recognised, now, address) {
      if (now - recognised.notedAt < MINUTE) return
      recognised.notedAt = now
      const { token, credential, principal } = recognised
      if (token !== undefined) tokens.set(token.key, { at: now - (now % MINUTE), from: address })
      // To the millisecond: sessions end by it.
      else if (credential.kind === 'session' && credential.key !== undefined)
        sessions.set(credential.key, now)
      accounts.set(principal.key, now - (now % HOUR))
    },

    async write(inTx) {
      if (accounts.size === 0) return
      const written = { tokens, sessions, accounts }
      tokens = new Map()
      sessions = new Map()
      accounts = new Map()
      try {
        await inTx(async (tx) => {
          // In the order of their keys: two servers that write the same rows do not wait for each other.
          for (const [key, { at, from }] of inOrder(written.tokens)) await tx.run(useToken, { key, at, from })
          for (const [key, at] of inOrder(written.sessions)) await tx.run(useSession, { key, at })
          for (const [key, hour] of inOrder(written.accounts)) await tx.run(useAccount, { key, hour })
        })
      } catch (error) {
        tokens = new Map([...written.tokens, ...tokens])
        sessions = new Map([...written.sessions, ...sessions])
        accounts = new Map([...written.accounts, ...accounts])
        throw error
      }
    },
  }
}

const inOrder = <Value>(map: ReadonlyMap<number, Value>) => [...map].sort(([a], [b]) => a - b)
