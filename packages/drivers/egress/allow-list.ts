import { isIP } from 'node:net'
import { bytesOf, isWithin, type Network, parseNetwork } from './addresses.ts'

/** What an operator allows beyond public addresses. */
export interface AllowList {
  /** Whether the name or literal address itself is allowed, at that port. */
  hasHost(host: string, port: number): boolean
  /** Whether an address is allowed, whatever name led to it. */
  hasAddress(address: string, port: number): boolean
}

interface Entry {
  readonly port: number | undefined
  readonly network?: Network
  /** Exactly, or the end of a name where it begins with a dot. */
  readonly name?: string
}

/** @throws Error that says what is wrong with an entry */
export function makeAllowList(entries: readonly string[]): AllowList {
  const parsed = entries.map(parseAllowed)
  const networks = parsed.filter(({ network }) => network !== undefined)
  const fits = (entry: Entry, port: number) => entry.port === undefined || entry.port === port

  function hasAddress(address: string, port: number): boolean {
    const bytes = bytesOf(address)
    return (
      bytes !== undefined && networks.some((entry) => fits(entry, port) && isWithin(bytes, entry.network!))
    )
  }

  return {
    hasAddress,
    hasHost(host, port) {
      if (isIP(host) !== 0) return hasAddress(host, port)
      return parsed.some((entry) => fits(entry, port) && isNamed(entry, host))
    },
  }
}

function isNamed({ name }: Entry, host: string): boolean {
  if (name === undefined) return false
  return name.startsWith('.') ? host.endsWith(name) && host.length > name.length : host === name
}

const EXAMPLES = 'hooks.example.org, *.example.org, 10.1.0.0/16, [fd00::]/8 or hooks.example.org:8443'

/** One entry: a name, `*.` and the end of one, an address or a network; with `:port` at that port only. */
export function parseAllowed(text: string): Entry {
  const match =
    /^\[([0-9a-f:.]+)\](\/\d{1,3})?(?::(\d{1,5}))?$/i.exec(text) ??
    /^([^[\]:/\s]+)(\/\d{1,3})?(?::(\d{1,5}))?$/.exec(text)
  if (match === null) throw refused(text)
  const [, host = '', bits = '', portText] = match
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (port < 1 || port > 65_535)) throw refused(text)
  const network = parseNetwork(host + bits)
  if (network !== undefined) return { port, network }
  const isName = bits === '' && isIP(host) === 0 && /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(host)
  // A name of digits and dots is an address that somebody has mistyped.
  if (!isName || /^[\d.]+$/.test(host)) throw refused(text)
  return { port, name: host.replace(/^\*/, '').toLowerCase() }
}

const refused = (text: string) => new Error(`'${text}' is not a host, address or network such as ${EXAMPLES}`)
