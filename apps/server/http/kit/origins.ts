import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { Problem } from '@orrery/base/kernel'

/** Judges by which name a request came, and from which page. */
export interface Origins {
  /**
   * @param host what the request was addressed to: the Host header, or what a trusted proxy says it was
   * @returns the value of `Access-Control-Allow-Origin`, if the request comes from an allowed other origin.
   * Throws BAD_REQUEST for a missing or second Host, PERMISSION_DENIED for a host or origin not on the lists.
   */
  check(request: IncomingMessage, host: string | undefined): string | undefined
}

export interface OriginSettings {
  /** `host` or `host:port`; `*` allows every host. Loopback names and private addresses always pass. */
  readonly allowedHosts: readonly string[]
  /** Exact origins, `https://studio.example.org`. */
  readonly corsAllowedOrigins: readonly string[]
  readonly boundHost: string
}

/** Probes come by pod address or by the name of a load balancer; what they get says nothing. */
const OPEN_PATHS = new Set(['/health', '/version', '/ready'])
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * The guard against DNS rebinding and cross-site requests. A page that rebinds its own name to this server
 * sends that name as Host, so only names need a list: an address literal cannot be borrowed that way.
 */
export function makeOrigins(settings: OriginSettings): Origins {
  const hosts = new Set([...settings.allowedHosts, settings.boundHost].map((host) => host.toLowerCase()))
  const origins = new Set(settings.corsAllowedOrigins)
  // The same few names come with every request.
  const passed = new Set<string>()
  return {
    check(request, host) {
      if (host === undefined || !passed.has(host) || hasTwoHosts(request)) {
        judgeHost(request, host, hosts)
        if (host !== undefined && passed.size < 1000 && isAllowedHost(host, hosts)) passed.add(host)
      }
      return judgeOrigin(request, host, origins)
    },
  }
}

function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

function judgeHost(request: IncomingMessage, host: string | undefined, hosts: ReadonlySet<string>): void {
  if (host === undefined || host === '') throw new Problem('BAD_REQUEST', 'The request has no Host header.')
  if (hasTwoHosts(request)) throw new Problem('BAD_REQUEST', 'The request has more than one Host header.')
  if (OPEN_PATHS.has(request.url ?? '') || isAllowedHost(host, hosts)) return
  throw new Problem(
    'PERMISSION_DENIED',
    `Invalid Host header: this server was reached as '${host.slice(0, 200)}', a name that it does not know.`,
    {
      hint: `If the name is yours, start the server with --allowed-hosts ${hintHost(host)} (or ORRERY_ALLOWED_HOSTS).`,
    },
  )
}

function hintHost(host: string): string {
  return /^[\w.:[\]-]{1,200}$/.test(host) ? host.toLowerCase() : 'NAME'
}

function isAllowedHost(host: string, hosts: ReadonlySet<string>): boolean {
  const full = host.toLowerCase()
  if (!/^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/.test(full)) return false
  const name = full.replace(/:\d+$/, '')
  return hosts.has('*') || hosts.has(full) || hosts.has(name) || name === 'localhost' || isNearAddress(name)
}

/** Loopback, private, link-local and unspecified address literals. */
function isNearAddress(name: string): boolean {
  const address = name.startsWith('[') ? name.slice(1, -1) : name
  if (isIP(address) === 6) return /^(::1?|f[cd].*|fe[89ab].*)$/.test(address)
  if (isIP(address) !== 4) return false
  const [a, b] = address.split('.').map(Number) as [number, number]
  return (
    a === 127 ||
    a === 10 ||
    a === 0 ||
    (a === 192 && b === 168) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  )
}

/**
 * Every unsafe method is judged, not a list of paths. Browsers send Sec-Fetch-Site or Origin; a request with
 * neither comes from a program, and the MLflow clients are programs.
 */
function judgeOrigin(
  request: IncomingMessage,
  host: string | undefined,
  origins: ReadonlySet<string>,
): string | undefined {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin === undefined && site === undefined) return undefined
  if (origin !== undefined && origins.has(origin)) return origin
  if (SAFE_METHODS.has(request.method ?? '')) return undefined
  if (site === 'same-origin' || site === 'none') return undefined
  if (site === undefined && origin !== undefined && isSameHost(origin, host)) return undefined
  throw new Problem(
    'PERMISSION_DENIED',
    `Cross-origin request blocked: it comes from ${origin === undefined ? 'another site' : `'${origin.slice(0, 200)}'`}.`,
    {
      hint: 'If that page is yours, start the server with --cors-allowed-origins ORIGIN (or ORRERY_CORS_ALLOWED_ORIGINS).',
    },
  )
}

/** Same host and port; the scheme may differ behind a proxy that ends TLS. */
function isSameHost(origin: string, host: string | undefined): boolean {
  try {
    return host !== undefined && new URL(origin).host === host.toLowerCase()
  } catch {
    return false
  }
}
