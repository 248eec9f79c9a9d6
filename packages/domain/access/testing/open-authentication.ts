import type { Database } from '@orrery/drivers/db'
import type { Asking } from '../credentials.ts'
import { openCredentials, PASSWORD } from './open-credentials.ts'

/** A request that says nothing of who asks. */
export const NOTHING: Asking = {
  workspace: undefined,
  requestId: 'r',
  address: '10.0.0.1',
  reason: undefined,
  authorization: undefined,
  session: undefined,
}

/** A header of Basic authentication. */
export const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** Alice contributes to `default`, bob to `elsewhere`, root administrates; nobody has a role otherwise. */
export async function openAuthentication(db: Database, time?: { now: number }) {
  const bed = await openCredentials(db, time)
  const keys = {
    alice: await bed.account('alice', { password: PASSWORD }),
    bob: await bed.account('bob', { password: PASSWORD }),
    root: await bed.account('root', { isAdmin: true, password: PASSWORD }),
    ci: await bed.account('ci', { kind: 'service', home: bed.here }),
  }
  await bed.assign(keys.alice, bed.here, 'contributor')
  await bed.assign(keys.ci, bed.here, 'reader')
  await bed.assign(keys.bob, bed.elsewhere, 'owner')
  await bed.changes.follow()
  const { findCaller } = bed.authentication
  return {
    ...bed,
    keys,
    find: async (asking: Partial<Asking>, welcome: 'members' | 'anyone' = 'members') =>
      findCaller({ ...NOTHING, ...asking }, welcome),
    /** Whether it is answered at once. */
    atOnce: (asking: Partial<Asking>) =>
      !(findCaller({ ...NOTHING, ...asking }, 'members') instanceof Promise),
  }
}
