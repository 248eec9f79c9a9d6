import type { Caller, Clock, IdSource, Workspace } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import { hashSecret, newSecret } from '../authentication/secret.ts'
import { systemCaller } from '../callers-without-account.ts'
import { LIMITS } from '../limits.ts'
import type { NewSession, SessionMethod } from '../session.ts'
import { insertSession } from './session-rows.ts'

/** Who comes in, and from where. */
export interface Arriving {
  readonly account: { readonly key: number; readonly name: string; readonly stamp: number }
  readonly method: SessionMethod
  readonly requestId: string
  readonly address: string
  /** `User-Agent`. */
  readonly browser: string
  /** `default`, where what concerns the whole server is told of; found before the transaction. */
  readonly workspace: Workspace
}

/** Begins a session of an account that has proved itself, always a new one. */
export type BeginSession = (tx: Tx, arriving: Arriving) => Promise<NewSession>

export function makeBeginSession(deps: { clock: Clock; ids: IdSource; emit: Emit }): BeginSession {
  const { clock, ids, emit } = deps
  return async function beginSession(tx, arriving) {
    const { account, method, address, browser } = arriving
    const secret = newSecret()
    const id = ids.hex32()
    const now = clock()
    const endsAt = now + LIMITS.sessionLifeMs
    await tx.run(insertSession, {
      id,
      hash: hashSecret(secret),
      principal: account.key,
      stamp: account.stamp,
      method,
      address,
      browser: browser.slice(0, 200).toWellFormed(),
      now,
      endsAt,
    })
    await emit(tx, arrivingCaller(arriving), {
      type: 'session.begun',
      subject: `sessions/${id}`,
      before: undefined,
      after: { method },
    } satisfies AccessEvent)
    return { secret, endsAt }
  }
}

/** Whoever has just proved who they are, for events: may do nothing. */
export function arrivingCaller(
  arriving: Pick<Arriving, 'account' | 'requestId' | 'address' | 'workspace'>,
): Caller {
  const { account, requestId, address, workspace } = arriving
  return {
    ...systemCaller(workspace),
    principal: { kind: 'user', name: account.name, key: account.key },
    requestId,
    address,
    may: () => false,
    readable: () => ({ kind: 'only', keys: [] }),
  }
}
