import type { Clock } from '@orrery/base/kernel'
import { Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { hashSecret } from '../authentication/secret.ts'
import type { SignOn } from '../credentials.ts'
import { LIMITS } from '../limits.ts'
import { insertSignOn, takeSignOn } from './sign-on-rows.ts'

/** Remembers a sign-on under way; see `SignOn.begin`. */
export function makeBeginSignOn({ db, clock }: { db: Database; clock: Clock }): SignOn['begin'] {
  return async function beginSignOn({ state, browser, nonce, codeVerifier, next }) {
    await db.inTx(async (tx) => {
      await tx.run(insertSignOn, {
        ...{ state: hashSecret(state), browser: hashSecret(browser), nonce, codeVerifier, next },
        endsAt: clock() + LIMITS.signOnMs,
      })
    })
  }
}

/** Takes a sign-on away; see `SignOn.take`. */
export function makeTakeSignOn({ db, clock }: { db: Database; clock: Clock }): SignOn['take'] {
  return async function take({ state, browser }) {
    // The refusal comes after the commit: whoever comes with the wrong browser has used the state up.
    const taken = await db.inTx((tx) => tx.first(takeSignOn, { state: hashSecret(state) }))
    if (taken === undefined || taken.browser !== hashSecret(browser) || taken.endsAt <= clock()) {
      throw new Problem('UNAUTHENTICATED', 'This sign-on has ended, or began in another browser.')
    }
    const { nonce, codeVerifier, next } = taken
    return { nonce, codeVerifier, next }
  }
}
