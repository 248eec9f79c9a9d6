import { DEFAULT_WORKSPACE } from '@orrery/domain/access'

/** A workspace as the caller reaches it, without a slash at its end. Callers have one. */
export type PublicAddress = (
  given: { readonly workspace: { readonly name: string } },
  origin: string,
) => string

/**
 * Tells the address under which a client has reached its workspace.
 *
 * @param basePath `''` or `/x`: where a proxy has put the server
 */
export function makePublicAddress(basePath: string): PublicAddress {
  return function publicAddress({ workspace: { name } }, origin) {
    const workspace = name === DEFAULT_WORKSPACE ? '' : `/workspaces/${encodeURIComponent(name)}`
    return `${origin}${basePath}${workspace}`
  }
}
