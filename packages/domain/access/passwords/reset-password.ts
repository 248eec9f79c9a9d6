import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { AccessEvent } from '../access-events.ts'
import { hashSecret, isSecret, newSecret } from '../authentication/secret.ts'
import type { Resets } from '../credentials.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import type { Meter } from '../seams.ts'
import { arrivingCaller } from '../sessions/begin-session.ts'
import { deleteSessionsOf } from '../sessions/session-rows.ts'
import type { SetupDeps } from '../setup/make-setup.ts'
import { dropTokensOf } from '../tokens/drop-tokens.ts'
import { putPassword } from './password-rows.ts'
import { dropResetLinks, insertResetLink, resettable } from './reset-rows.ts'

export interface ResetDeps extends SetupDeps {
  readonly meter: Pick<Meter, 'adjust'>
}

/** What whoever has the machine does for somebody who has lost their password; see `Resets`. */
export function makeResets(deps: ResetDeps): Resets {
  const { db, clock, emit, changes, hasher, beginSession, home } = deps

  /** @throws what says why this account cannot have a new password */
  async function findToReset(tx: Tx, name: string): Promise<FoundPrincipal> {
    const found = await findPrincipal(tx, name)
    if (found === undefined) throw noPrincipal(name)
    if (found.kind !== 'user') {
      const what = found.kind === 'group' ? 'a group' : 'a service account'
      throw invalid(`'${found.name}' is ${what}: it has no password.`)
    }
    if (found.disabledAt === null) return found
    throw new Problem('INVALID_STATE', `The account '${found.name}' is disabled.`, {
      hint: 'An administrator enables it first.',
    })
  }

  async function revokeAll(tx: Tx, principal: number, caller: Caller, name: string): Promise<void> {
    await tx.run(deleteSessionsOf, { principal, but: 0 })
    await dropTokensOf(tx, deps.meter, principal)
    await emit(tx, caller, {
      type: 'session.ended',
      subject: `users/${name}`,
      before: undefined,
      after: { because: 'revoked' },
    } satisfies AccessEvent)
  }

  async function changed(tx: Tx, caller: Caller, name: string): Promise<void> {
    await emit(tx, caller, {
      type: 'password.changed',
      subject: `users/${name}`,
      before: undefined,
      after: undefined,
    } satisfies AccessEvent)
  }

  return {
    begin(caller, { name, revoke }) {
      return db.inTx(async (tx) => {
        await changes.turn(tx)
        const found = await findToReset(tx, name)
        const { key: principal } = found
        if (revoke) await revokeAll(tx, principal, caller, found.name)
        await tx.run(dropResetLinks, { principal })
        const link = newSecret()
        const now = clock()
        await tx.run(insertResetLink, {
          hash: hashSecret(link),
          principal,
          now,
          endsAt: now + LIMITS.setupLinkMs,
        })
        await changes.change(tx, { principal })
        await emit(tx, caller, {
          type: 'password.reset-begun',
          subject: `users/${found.name}`,
          before: undefined,
          after: undefined,
        } satisfies AccessEvent)
        return { link, name: found.name }
      })
    },

    async set(caller, { name, password, revoke }) {
      const hash = await hasher.hash(password, caller.address)
      return db.inTx(async (tx) => {
        await changes.turn(tx)
        const { key: principal, name: own } = await findToReset(tx, name)
        await tx.run(putPassword, { principal, hash, now: clock() })
        await tx.run(dropResetLinks, { principal })
        await tx.run(deleteSessionsOf, { principal, but: 0 })
        if (revoke) await revokeAll(tx, principal, caller, own)
        await changes.change(tx, { principal })
        await changed(tx, caller, own)
        return { name: own }
      })
    },

    async find({ link }) {
      if (!isSecret(link)) return undefined
      const found = await db.read.first(resettable, { hash: hashSecret(link), now: clock() })
      return found && { name: found.name }
    },

    async complete({ requestId, address }, { link, password, browser }) {
      // Before a password is computed: without the link nobody makes the server work.
      if (!isSecret(link)) throw noSuchRoute()
      const asked = { hash: hashSecret(link), now: clock() }
      if ((await db.read.first(resettable, asked)) === undefined) throw noSuchRoute()
      const hash = await hasher.hash(password, address)
      const workspace = await home()
      return db.inTx(async (tx) => {
        await changes.turn(tx)
        const now = clock()
        const account = await tx.first(resettable, { hash: hashSecret(link), now })
        if (account === undefined) throw noSuchRoute()
        const { key: principal } = account
        await tx.run(putPassword, { principal, hash, now })
        await tx.run(dropResetLinks, { principal })
        await tx.run(deleteSessionsOf, { principal, but: 0 })
        await changes.change(tx, { principal })
        const arriving = { account, requestId, address, workspace }
        await changed(tx, arrivingCaller(arriving), account.name)
        return beginSession(tx, { ...arriving, method: 'reset-link', browser })
      })
    },
  }
}

/** As for a route that there is not: a link that is over was none. */
function noSuchRoute(): Problem {
  return new Problem('ENDPOINT_NOT_FOUND', 'No such route: POST /reset-password.')
}
