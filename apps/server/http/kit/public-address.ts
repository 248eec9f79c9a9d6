import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '@orrery/base/kernel'
import { DEFAULT_WORKSPACE } from '@orrery/domain/access'

export interface AddressSettings {
  /** `''` or `/x`: where a proxy has put the server. */
  readonly basePath: string
  /** Whether some peers are proxies whose `X-Forwarded-Proto` and `X-Forwarded-Host` count. */
  readonly trustsProxy: boolean
}

/** The caller's workspace as the caller reaches it, without a slash at its end. */
export type PublicAddress = (caller: Caller, headers: IncomingHttpHeaders) => string

/** Tells the address under which a client has reached its workspace: by the host that the client itself used. */
export function makePublicAddress({ basePath, trustsProxy }: AddressSettings): PublicAddress {
  return function publicAddress({ workspace: { name } }, headers) {
    const workspace = name === DEFAULT_WORKSPACE ? '' : `/workspaces/${encodeURIComponent(name)}`
    const forwarded = (header: string) =>
      trustsProxy
        ? String(headers[header] ?? '')
            .split(',')[0]!
            .trim() || undefined
        : undefined
    const scheme = forwarded('x-forwarded-proto') === 'https' ? 'https' : 'http'
    const host = forwarded('x-forwarded-host') ?? headers.host ?? 'localhost'
    return `${scheme}://${host}${basePath}${workspace}`
  }
}
