import { Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { Tokens } from '../credentials.ts'
import { LIMITS } from '../limits.ts'
import type { TokenDeps } from './make-tokens.ts'
import { checkLife } from './token-life.ts'
import { mustBeIn, mustOutliveTheHour, ownAccount } from './token-owner.ts'
import { wereMade } from './token-rows.ts'
import { writeToken } from './write-token.ts'

/** What `get_mlflow_tracking_uri()` hands out; see `Tokens.createTracking`. */
export function makeCreateTracking(deps: TokenDeps): Tokens['createTracking'] {
  const { db, clock } = deps
  return async function createTracking(caller, { lifeMs = LIMITS.trackingLifeMs }) {
    mustOutliveTheHour(caller)
    mustBeIn(caller)
    checkLife(lifeMs, LIMITS.trackingLifeMs)
    return db.inTx(async (tx) => {
      const owner = await ownAccount(tx, caller)
      const now = clock()
      await mustBeFew(tx, owner.key, now)
      const { key: _, ...made } = await writeToken(tx, deps, caller, {
        kind: 'tracking',
        name: '',
        owner,
        allWorkspaces: false,
        readOnly: caller.credential?.readOnly === true,
        expiresAt: now + lifeMs,
        endsAt: now + LIMITS.trackingEndsMs,
      })
      return made
    })
  }
}

async function mustBeFew(tx: Tx, principal: number, now: number): Promise<void> {
  const most = LIMITS.trackingTokensAnHour
  if (!(await wereMade(tx, { principal, kind: 'tracking' }, most, now - LIMITS.trackingLifeMs))) return
  throw new Problem('REQUEST_LIMIT_EXCEEDED', `${most} tracking credentials were made in this hour.`, {
    hint: 'Each works for an hour: hand one on to the processes that you start.',
    retryAfterSeconds: 600,
  })
}
