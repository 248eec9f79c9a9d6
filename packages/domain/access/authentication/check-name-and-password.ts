import type { Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import { systemCaller } from '../callers-without-account.ts'
import type { PasswordHasher } from '../passwords/hash-password.ts'
import { findSigningIn, type SigningIn } from '../passwords/password-rows.ts'
import { type Attempt, Blocked, type SignInFailures } from './sign-in-failures.ts'

/** From where a password comes. */
export interface PasswordAsking {
  readonly requestId: string
  readonly address: string
  /** It was right before, and nothing has changed since: it is no guess. @default false */
  readonly wasGood?: boolean
}

/**
 * Whose name and password these are; undefined for an unknown name, a wrong password, a disabled account and one
 * without password, after the same time.
 *
 * @throws REQUEST_LIMIT_EXCEEDED after too many wrong ones, and where too many wait
 */
export type NameAndPassword = (
  name: string,
  password: string,
  asking: PasswordAsking,
) => Promise<(SigningIn & { readonly hash: string }) | undefined>

export function makeCheckNameAndPassword(deps: {
  db: Database
  emit: Emit
  hasher: PasswordHasher
  failures: SignInFailures
  /** The workspace `default`. */
  home: () => Workspace | Promise<Workspace>
}): NameAndPassword {
  const { db, emit, hasher, failures, home } = deps

  async function tellBlocked(name: string, failed: number, { requestId, address }: PasswordAsking) {
    const caller = { ...systemCaller(await home()), requestId, address }
    const shown = name.slice(0, 128).toWellFormed()
    await db.inTx((tx) =>
      emit(tx, caller, {
        type: 'sign-in.blocked',
        subject: `users/${shown}`,
        before: undefined,
        after: { name: shown, failures: failed },
      } satisfies AccessEvent),
    )
  }

  async function begin(name: string, asking: PasswordAsking): Promise<Attempt> {
    try {
      return failures.begin(name, asking.address)
    } catch (error) {
      if (error instanceof Blocked && error.tell) await tellBlocked(name, error.failures, asking)
      throw error
    }
  }

  return async function check(name, password, asking) {
    const account = await findSigningIn(db.read, name)
    const attempt = asking.wasGood === true ? undefined : await begin(name, asking)
    const hash = account?.disabledAt === null ? (account.hash ?? undefined) : undefined
    let isRight: boolean
    try {
      isRight = await hasher.verify(hash, password, asking.address)
    } catch (error) {
      attempt?.undo()
      throw error
    }
    if (!isRight || account === undefined || hash === undefined) return undefined
    attempt?.succeeded()
    return { ...account, hash }
  }
}
