import type { Clock } from '@orrery/base/kernel'
import { type Caller, invalid, must } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import type { NameAndPassword } from '../authentication/check-name-and-password.ts'
import { mustChange } from '../authentication/must-change.ts'
import type { Changes } from '../changes.ts'
import type { Passwords } from '../credentials.ts'
import { findPrincipal, foldName, noPrincipal } from '../decisions/find-principal.ts'
import { deleteSessionsOf } from '../sessions/session-rows.ts'
import { checkPassword } from './check-password.ts'
import type { PasswordHasher } from './hash-password.ts'
import { findSigningIn, putPassword } from './password-rows.ts'
import { dropResetLinks } from './reset-rows.ts'

export interface PasswordDeps {
  readonly db: Database
  readonly clock: Clock
  readonly emit: Emit
  readonly changes: Changes
  readonly hasher: PasswordHasher
  readonly check: NameAndPassword
}

/** Sets a password; see `Passwords.set`. */
function makeSetPassword(deps: PasswordDeps): Passwords['set'] {
  const { db, clock, emit, changes, hasher } = deps
  return async function setPassword(caller, { name, password, current }) {
    mustChange(caller)
    const isOwn = foldName(name.slice(0, 500)) === foldName(caller.principal.name)
    if (isOwn && caller.principal.key !== undefined) await mustBeMine(deps, caller, password, current)
    else must(caller, 'server.manage')
    const found = await findPrincipal(db.read, name)
    if (found === undefined || found.kind === 'group') throw noPrincipal(name)
    if (found.kind === 'service') {
      throw invalid(`'${found.name}' is a service account: it has no password.`, 'Make a token for it.')
    }
    const hash = await hasher.hash(password, caller.address)
    const { key: principal } = found
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      // Whoever was deleted meanwhile gets no password, nor does whoever has come by the name.
      if ((await findSigningIn(tx, name))?.key !== principal) throw noPrincipal(name)
      await tx.run(putPassword, { principal, hash, now: clock() })
      await tx.run(dropResetLinks, { principal })
      const own = caller.credential?.kind === 'session' && isOwn ? (caller.credential.key ?? 0) : 0
      await tx.run(deleteSessionsOf, { principal, but: own })
      await changes.change(tx, { principal })
      await emit(tx, caller, {
        type: 'password.changed',
        subject: `users/${found.name}`,
        before: undefined,
        after: undefined,
      } satisfies AccessEvent)
    })
  }
}

export function makePasswords(deps: PasswordDeps): Passwords {
  return { set: makeSetPassword(deps) }
}

/** Whoever sits at somebody else's browser, or has a token of theirs, does not know their password. */
async function mustBeMine(
  { check }: PasswordDeps,
  caller: Caller,
  password: string,
  current: string | undefined,
): Promise<void> {
  if (current === undefined || current === '') {
    throw invalid('Current password is required when changing your own password.')
  }
  checkPassword(password)
  if ((await check(caller.principal.name, current, caller)) === undefined) {
    throw invalid('Current password does not match.')
  }
  if (password === current) throw invalid('New password must differ from the current password.')
}
