import type { Caller } from '@orrery/base/kernel'
import type { SignedAccess } from '@orrery/domain/tracking'
import type { PublicAddress } from '../kit/index.ts'

export interface SignedAddress {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const SIGNED = '/api/orrery/v1/signed-artifacts'

/**
 * Makes whole URLs for signed addresses, because clients fetch them as they stand: below the client's workspace, so
 * that a proxy which lets only that through lets these through too.
 */
export function makeAddresses(publicAddress: PublicAddress) {
  return function addressOf(
    caller: Caller,
    origin: string,
    access: SignedAccess,
    what: '' | '/parts' = '',
  ): SignedAddress {
    if ('url' in access) return access
    return { url: `${publicAddress(caller, origin)}${SIGNED}${what}?grant=${access.grant}`, headers: {} }
  }
}

export type AddressOf = ReturnType<typeof makeAddresses>
