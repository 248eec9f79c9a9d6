/** Where a request goes: the route below the workspace, and the workspace that its path names. */
export interface Address {
  readonly url: string
  readonly workspace: string | undefined
}

/** What `locate` gives for a path outside the base path: no route has this name. */
const NOWHERE = '/-/outside'

/**
 * Takes base path and `/workspaces/<name>` off a URL, so that each route is registered once.
 *
 * @param basePath `''` or `/x`
 */
export function locate(url: string, basePath: string): Address {
  if (!isBelow(url, basePath)) return { url: NOWHERE, workspace: undefined }
  const rest = rooted(withoutOrigin(url).slice(basePath.length))
  const named = IN_WORKSPACE.exec(rest)
  if (named === null) return { url: rest, workspace: undefined }
  const name = decode(named[1]!)
  if (name === undefined) return { url: NOWHERE, workspace: undefined }
  return { url: rooted(rest.slice(named[0].length)), workspace: name }
}

const IN_WORKSPACE = /^\/workspaces\/([^/?#]+)(?=[/?#]|$)/

/** Whether a URL is the base path or something below it. Everything is below `''`. */
export function isBelow(url: string, basePath: string): boolean {
  if (basePath === '') return true
  const rest = withoutOrigin(url)
  if (!rest.startsWith(basePath)) return false
  const next = rest[basePath.length]
  return next === undefined || next === '/' || next === '?'
}

function rooted(rest: string): string {
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** `GET http://host/path` is allowed by HTTP/1.1 and means `/path`; the Host check has seen the host. */
function withoutOrigin(url: string): string {
  if (url.startsWith('/')) return url
  const origin = /^https?:\/\/[^/?#]*/i.exec(url)
  return origin === null ? NOWHERE : rooted(url.slice(origin[0].length))
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
