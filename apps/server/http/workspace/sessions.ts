import { sessionRoutes } from '@orrery/base/contract'
import type { SessionDetails, Sessions } from '@orrery/domain/access'
import { bind } from '../kit/index.ts'

/** The browsers in which the caller is signed in. Signing in and out is done on pages. */
export function bindSessions(sessions: Sessions) {
  return bind(sessionRoutes, {
    list: async (caller) => ({ sessions: (await sessions.list(caller)).map(wireSession) }),
    end: async (caller, { id }) => {
      await sessions.end(caller, { id })
      return {}
    },
    endAll: async (caller) => {
      await sessions.end(caller, { all: true })
      return {}
    },
  })
}

const wireSession = (session: SessionDetails) => ({
  id: session.id,
  method: session.method,
  address: session.address,
  browser: session.browser,
  creation_timestamp: session.createdAt,
  last_seen_timestamp: session.seenAt,
  expiration_timestamp: session.endsAt,
  is_this: session.isThis,
})
