import type { Credential } from './config-store.ts'

/**
 * The credential for a place: of the entries that it lies in or below, the longest. Below begins at a slash, so that
 * `http://host:50` has nothing of `http://host:5000`.
 *
 * @param place a server, or one with `/workspaces/NAME`
 */
export function findCredential(
  credentials: Readonly<Record<string, Credential>>,
  place: string,
): { readonly address: string; readonly credential: Credential } | undefined {
  let found: string | undefined
  for (const address of Object.keys(credentials)) {
    const isIn = place === address || place.startsWith(`${address}/`)
    if (isIn && address.length > (found?.length ?? 0)) found = address
  }
  return found === undefined ? undefined : { address: found, credential: credentials[found]! }
}

/** @param url of the server, as `splitAddress` gives it */
export const placeOf = (url: string, workspace: string) =>
  `${url}/workspaces/${encodeURIComponent(workspace)}`
