import { Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { AccessEvent } from '../access-events.ts'
import type { Claims, SignOn } from '../credentials.ts'
import { LIMITS } from '../limits.ts'
import { insertPrincipal } from '../principals/insert-principal.ts'
import { arrivingCaller } from '../sessions/begin-session.ts'
import { accountName } from './account-name.ts'
import { bringGroups } from './bring-groups.ts'
import type { SignOnDeps } from './make-sign-on.ts'
import { findIdentity, insertIdentity, noteSignOn } from './sign-on-rows.ts'

/** Finds or makes the account of an identity and signs it in; see `SignOn.finish`. */
export function makeFinishSignOn(deps: SignOnDeps): SignOn['finish'] {
  const { db, clock, emit, changes, beginSession, home } = deps
  return async function finishSignOn({ requestId, address }, input) {
    const { issuer, subject, groups, browser, mayCreate } = input
    checkIdentity(input)
    const email = input.email.length <= LIMITS.property ? input.email : ''
    const workspace = await home()
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const now = clock()
      const known = await tx.first(findIdentity, { issuer, subject })
      if (known === undefined && !mayCreate) throw nobody()
      if (known !== undefined && known.disabledAt !== null) throw disabled()
      const account = known ?? (await makeAccount(tx, accountName(input.name), email, now))
      const arriving = { account, requestId, address, workspace }
      const caller = arrivingCaller(arriving)
      if (known === undefined) {
        await tx.run(insertIdentity, { issuer, subject, principal: account.key, email, now })
        await emit(tx, caller, {
          type: 'principal.created',
          subject: `users/${account.name}`,
          before: undefined,
          after: { kind: 'user', name: account.name },
        } satisfies AccessEvent)
        await emit(tx, caller, {
          type: 'identity.linked',
          subject: `users/${account.name}`,
          before: undefined,
          after: { issuer, email },
        } satisfies AccessEvent)
      } else await tx.run(noteSignOn, { issuer, subject, email, now })
      const isMoved = await bringGroups(tx, emit, caller, { member: account.key, issuer, claims: groups })
      if (isMoved || known === undefined) await changes.change(tx, { principal: account.key })
      return beginSession(tx, { ...arriving, method: 'sign-on', browser })
    })
  }
}

/** Under the name that the provider says, or the first free one behind it. */
async function makeAccount(tx: Tx, wanted: string, email: string, now: number) {
  for (let i = 1; i <= 1000; i++) {
    const name = i === 1 ? wanted : `${wanted}-${i}`
    const key = await insertPrincipal(tx, {
      ...{ kind: 'user', name, displayName: '', email, homeWorkspaceKey: null },
      ...{ isAdmin: false, now, by: name },
    })
    if (key !== undefined) return { key, name, stamp: 0 }
  }
  throw new Problem('RESOURCE_ALREADY_EXISTS', `A thousand accounts are named '${wanted}'.`)
}

/** What the tables can keep; OpenID Connect allows a subject 255 characters. */
function checkIdentity({ issuer, subject, groups }: Claims): void {
  const texts = [issuer, subject, ...groups]
  const isUsable = texts.every((text) => text.length <= 2000 && !text.includes('\0') && text.isWellFormed())
  if (isUsable && issuer !== '' && subject !== '') return
  throw new Problem('UNAUTHENTICATED', 'The provider says of this account what cannot be kept.')
}

function nobody(): Problem {
  return new Problem('UNAUTHENTICATED', 'There is no account here for who you are there.', {
    hint: 'Ask an administrator of this server.',
  })
}

function disabled(): Problem {
  return new Problem('UNAUTHENTICATED', 'Your account is disabled.', {
    hint: 'Ask an administrator of this server.',
  })
}
