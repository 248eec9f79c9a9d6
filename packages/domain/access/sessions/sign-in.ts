import { Problem, type Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { NameAndPassword } from '../authentication/check-name-and-password.ts'
import type { Changes } from '../changes.ts'
import type { Sessions } from '../credentials.ts'
import { findSigningIn } from '../passwords/password-rows.ts'
import type { BeginSession } from './begin-session.ts'

/** Signs a browser in with a password; see `Sessions.signIn`. */
export function makeSignIn(deps: {
  db: Database
  changes: Changes
  check: NameAndPassword
  beginSession: BeginSession
  /** The workspace `default`. */
  home: () => Workspace | Promise<Workspace>
}): Sessions['signIn'] {
  const { db, changes, check, beginSession, home } = deps
  return async function signIn({ requestId, address }, { name, password, browser }) {
    const account = await check(name, password, { requestId, address })
    if (account === undefined) throw refused()
    const workspace = await home()
    return db.inTx(async (tx) => {
      // Whoever changes the password ends the sessions there are: this one must not slip in behind.
      await changes.turn(tx)
      const now = await findSigningIn(tx, name)
      const isSame = now?.key === account.key && now.hash === account.hash && now.stamp === account.stamp
      if (!isSame || now.disabledAt !== null) throw refused()
      return beginSession(tx, { account, method: 'password', requestId, address, browser, workspace })
    })
  }
}

/** One sentence for an unknown name, a wrong password, a disabled account and one without password. */
function refused(): Problem {
  return new Problem('UNAUTHENTICATED', 'The name or the password is wrong.')
}
