/** Characters that a browser leaves out of an address before it reads it, or that a header cannot hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL = /[\x00-\x1f\x7f]/

/** One slash, and not two: `//name` and `/\name` are other servers. */
const ON_THIS_SERVER = /^\/(?![/\\])/

/** A host that nobody has (RFC 2606). */
const HERE = 'http://here.invalid'

/**
 * Where to go after signing in: a path of this server that was asked for, as the browser reads it, else the first page.
 * Whoever sends a link to `/sign-in?next=…` must not be able to lead elsewhere.
 *
 * @param basePath `''` or `/x`
 */
export function nextPath(asked: string | undefined, basePath: string): string {
  const first = `${basePath}/`
  if (asked === undefined || asked.length > 2000 || CONTROL.test(asked) || !ON_THIS_SERVER.test(asked))
    return first
  const url = URL.parse(asked, HERE)
  if (url === null || url.origin !== HERE) return first
  // `/x/..//name` has become `//name`.
  const path = `${url.pathname}${url.search}`
  return ON_THIS_SERVER.test(path) && path.startsWith(first) ? path : first
}
