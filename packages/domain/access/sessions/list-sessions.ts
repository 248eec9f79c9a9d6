import type { Clock } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Sessions } from '../credentials.ts'
import { idleSince, liveSessions } from './session-rows.ts'

/** The browsers in which the caller is signed in; see `Sessions.list`. */
export function makeListSessions({ db, clock }: { db: Database; clock: Clock }): Sessions['list'] {
  return async function listSessions({ principal, credential }) {
    if (principal.key === undefined) return []
    const now = clock()
    const own = credential?.kind === 'session' ? credential.key : undefined
    const params = { principal: principal.key, now, idleSince: idleSince(now) }
    const rows = await db.read.all(liveSessions, params)
    return rows.map(({ key, ...session }) => ({ ...session, isThis: key === own }))
  }
}
