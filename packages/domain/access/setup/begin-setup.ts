import { hashSecret, newSecret } from '../authentication/secret.ts'
import type { Setup } from '../credentials.ts'
import { LIMITS } from '../limits.ts'
import { anAdministrator } from '../principals/staff.ts'
import { dropLinks, insertLink } from './link-rows.ts'
import type { SetupDeps } from './make-setup.ts'

/** Makes the link for the first administrator, where there is none; see `Setup.begin`. */
export function makeBeginSetup({ db, clock, changes }: SetupDeps): Setup['begin'] {
  return function beginSetup() {
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      await tx.run(dropLinks, {})
      if ((await tx.first(anAdministrator, {})) !== undefined) return undefined
      const secret = newSecret()
      const now = clock()
      await tx.run(insertLink, { hash: hashSecret(secret), now, endsAt: now + LIMITS.setupLinkMs })
      return secret
    })
  }
}
