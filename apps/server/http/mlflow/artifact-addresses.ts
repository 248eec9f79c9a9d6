import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '@orrery/base/kernel'
import { DEFAULT_WORKSPACE } from '@orrery/domain/access'
import type { SignedAccess } from '@orrery/domain/tracking'

export interface AddressSettings {
  /** `''` or `/x`: where a proxy has put the server. */
  readonly basePath: string
  /** Whether some peers are proxies whose `X-Forwarded-Proto` and `X-Forwarded-Host` count. */
  readonly trustsProxy: boolean
}

export interface SignedAddress {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const SIGNED = '/api/orrery/v1/signed-artifacts'

/**
 * Makes whole URLs for signed addresses, because clients fetch them as they stand: with the host that the client
 * itself used, and below its workspace so that a proxy which lets only that through lets these through too.
 */
export function makeAddresses({ basePath, trustsProxy }: AddressSettings) {
  return function addressOf(
    caller: Caller,
    headers: IncomingHttpHeaders,
    access: SignedAccess,
    what: '' | '/parts' = '',
  ): SignedAddress {
    if ('url' in access) return access
    const { name } = caller.workspace
    const workspace = name === DEFAULT_WORKSPACE ? '' : `/workspaces/${encodeURIComponent(name)}`
    const forwarded = (header: string) =>
      trustsProxy
        ? String(headers[header] ?? '')
            .split(',')[0]!
            .trim() || undefined
        : undefined
    const scheme = forwarded('x-forwarded-proto') === 'https' ? 'https' : 'http'
    const host = forwarded('x-forwarded-host') ?? headers.host ?? 'localhost'
    return {
      url: `${scheme}://${host}${basePath}${workspace}${SIGNED}${what}?grant=${access.grant}`,
      headers: {},
    }
  }
}

export type AddressOf = ReturnType<typeof makeAddresses>
