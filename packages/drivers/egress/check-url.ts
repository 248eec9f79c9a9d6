import { isIP } from 'node:net'
import { invalid } from '@orrery/base/kernel'
import { isPublic } from './addresses.ts'
import type { AllowList } from './allow-list.ts'
import { LIMITS, REFUSED_PORTS } from './limits.ts'

/** Names that lead to this machine, to its network or to what a cloud tells its machines, whatever DNS says of them. */
const OF_THE_INSIDE = /(^|\.)(localhost|localdomain|local|internal|home\.arpa|metadata|instance-data)$/

const HOW_TO_ALLOW = 'For a receiver in your own network the operator allows its host with --egress-allow.'

/** See `Egress.checkUrl`. */
export function checkUrl(text: string, field: string, allow: AllowList): URL {
  if (text.length > LIMITS.url) {
    throw invalid(`'${field}' has ${text.length} characters; at most ${LIMITS.url} are allowed.`)
  }
  // WHATWG's URL takes them out in silence, and what was checked would not be what was given.
  if (/[\s\p{Cc}\p{Cf}\\]/u.test(text)) {
    throw invalid(`'${field}' has spaces, control characters or backslashes; a URL has none.`)
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw invalid(`'${field}' is '${shown(text)}'; it must be a URL such as https://hooks.example.org/in.`)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(`'${field}' has a user name or password in it.`, 'Sign with a secret instead.')
  }
  const host = hostOf(url)
  const port = portOf(url)
  const isAllowed = allow.hasHost(host, port)
  if (url.protocol === 'http:' && !isAllowed) {
    throw invalid(`'${field}' is '${shown(url.origin)}'; it must begin with https://.`, HOW_TO_ALLOW)
  }
  checkPort(url, port, field)
  if (isAllowed) return url
  if (isIP(host) === 0 ? host === '' || OF_THE_INSIDE.test(host) : !isPublic(host)) {
    throw invalid(`'${field}' leads to '${shown(host)}', which is no public address.`, HOW_TO_ALLOW)
  }
  return url
}

function checkPort(url: URL, port: number, field: string): void {
  if (port === 443 || port === 80 || (port > 1023 && !REFUSED_PORTS.includes(port))) return
  throw invalid(
    `'${field}' has the port ${port} (${shown(url.host)}); allowed are 443, 80 and those above 1023 that no database or cluster uses.`,
  )
}

/** Without the brackets of IPv6 and without the dot at the end of a full name. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname.replace(/\.+$/, '')
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

/** Without what comes behind the host: the path of a webhook may be a secret. */
function shown(text: string): string {
  const [start = ''] = text.split(/(?<=^[a-z]+:\/\/[^/]*)\//i)
  return start.slice(0, 100)
}
